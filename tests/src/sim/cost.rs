//! What taking part costs.

use sentinel_interface::{Parameters, Peer, Url, Verdict};

/// What each signature costs, in lamports.
const FEE: u64 = 5_000;
/// What a byte of an account has to hold, in lamports, and bytes that each account is counted with besides its own.
const RENT_PER_BYTE: u64 = 6_960;
const OVERHEAD: usize = 128;
/// What a post and its NFT hold with a URL of usual length, in lamports; `tests/program/cost.rs` measures it.
const POST_RENT: u64 = 8_164_080;
/// Lamports of a SOL.
const SOL: f64 = 1e9;

/// What somebody paid, in lamports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// Bonds: gone when others disputed more than they liked.
    pub bonds: u64,
    /// Fees, and the rent of peers' accounts, which stay: gone in any case.
    pub spent: u64,
    /// Rent that comes back when posts and verdicts are closed.
    pub locked: u64,
}

impl Cost {
    pub(super) fn join(&mut self, parameters: &Parameters) {
        let endpoint = Url::new("https://peer-a.example:9000").map_or(0, Peer::len_with);
        self.bonds += parameters.bond;
        self.spent += FEE + rent(endpoint);
    }

    /// A post, and what it takes to retire it.
    pub(super) fn post(&mut self) {
        self.spent += 2 * FEE;
        self.locked += POST_RENT;
    }

    /// A like or dispute, and what it takes to close it.
    pub(super) fn verdict(&mut self) {
        self.spent += 2 * FEE;
        self.locked += rent(Verdict::LEN);
    }

    /// All of it together that does not come back by itself, in SOL.
    #[must_use]
    pub fn at_stake(&self) -> f64 {
        lamports(self.bonds + self.spent)
    }

    /// What comes back when everything is closed, in SOL.
    #[must_use]
    pub fn locked(&self) -> f64 {
        lamports(self.locked)
    }
}

fn rent(bytes: usize) -> u64 {
    RENT_PER_BYTE * u64::try_from(OVERHEAD + bytes).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn lamports(lamports: u64) -> f64 {
    lamports as f64 / SOL
}
