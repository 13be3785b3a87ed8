//! What the end-to-end tests, the demo and the dev ledger share.

pub mod netns;
