//! What a post may do here.
//!
//! Pure: what verified posts say, what this agent saw itself, what the ledger says of the reporters, and the operator's
//! policy go in; who is blocked because of it, what is liked and what is disputed come out, always with the reason, so that
//! every decision can be shown and recomputed.
//!
//! 1. [`judge`]: is a post listened to? By its reporter and its age, before anything is fetched.
//! 2. [`Docket`]: who says what about whom. Each network's words come to a [`Ruling`]: a [`Quorum`] of believed reporters
//!    blocks, this agent's own proof being one word more.
//! 3. [`Docket::praise`]: who was right, and first, has earned a like; a newcomer that of eight peers, drawn by lot. A [`Dispute`]
//!    contradicts.
//! 4. [`replay()`]: what another [`Policy`] would have made of the same past.

mod about;
mod dispute;
mod docket;
mod draw;
mod event;
mod judge;
mod members;
mod policy;
mod praise;
mod quorum;
mod reason;
mod replay;
mod ruling;
mod shelf;
mod sightings;
mod statement;

pub use dispute::Dispute;
pub use docket::{Docket, Touched};
pub use event::Event;
pub use judge::{Verdict, judge};
pub use policy::{Attitude, Member, Policy};
pub use praise::Unproven;
pub use quorum::{NoQuorum, Quorum};
pub use reason::{Belief, Doubt};
pub use replay::{Difference, Replay, Span, replay};
pub use ruling::{Decision, Ruling, Word};
pub use statement::{Accused, Statement};

#[cfg(test)]
mod tests;
