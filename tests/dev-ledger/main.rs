//! `dev-ledger`: try the agent without a validator.
fn main() {}
