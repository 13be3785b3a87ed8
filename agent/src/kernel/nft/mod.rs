//! The table `inet sentinel` in the kernel's own words: netfilter netlink, without a child process.
//!
//! `message` and `reply` know the format, `table`, `set`, `element`, `rule` and `expr` what is said in it, `batch`
//! makes it one transaction, `socket` carries it, `query` asks what is there.

mod batch;
mod conntrack;
mod element;
mod expr;
mod message;
mod query;
mod reply;
mod rule;
mod set;
mod socket;
mod table;
mod uapi;

pub(super) use batch::{Batch, Rejected, Rejection};
pub(super) use element::{Held, Item, Verb};
pub(super) use rule::{Chain, Rule, band_chain, chain_of};
pub(super) use set::{Extent, Family, Present, Role, SetId, Side};
pub(super) use socket::{Failure, Socket};
pub(super) use table::{Ownership, Table};

/// Name of the table, in family `inet`.
pub(super) const TABLE: &str = "sentinel";
