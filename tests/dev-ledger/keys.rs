//! The dev ledger's fixed keys.
//!
//! Anybody can compute them, so they are worth nothing outside a dev ledger; fixed keys mean that an
//! agent's config goes on working when the dev ledger is started anew.

use sentinel_agent::domain::FileHash;
use solana_sdk::signature::Keypair;

/// Where the program is loaded unless another key is given: `SHA-256("sentinel dev-ledger program")` is its seed.
#[must_use]
pub fn program() -> Keypair {
    from_label("sentinel dev-ledger program")
}

/// Who founds the network unless another key is given: `SHA-256("sentinel dev-ledger authority")` is its seed.
#[must_use]
pub fn authority() -> Keypair {
    from_label("sentinel dev-ledger authority")
}

/// Who pays airdrops.
pub(super) fn faucet() -> Keypair {
    from_label("sentinel dev-ledger faucet")
}

fn from_label(label: &str) -> Keypair {
    Keypair::new_from_array(FileHash::of(label.as_bytes()).0)
}
