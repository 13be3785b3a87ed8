//! What is paid for being preferred while the ledger is congested.

use std::time::Duration;

use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey,
    pubkey::Pubkey,
};

use super::{SolanaLedger, transactions::Order};

/// The program that takes a transaction's limits and price.
const COMPUTE_BUDGET: Pubkey = pubkey!("ComputeBudget111111111111111111111111111111");
/// Its instructions.
const SET_COMPUTE_UNIT_LIMIT: u8 = 2;
const SET_COMPUTE_UNIT_PRICE: u8 = 3;

/// Compute units that are asked for: the program's dearest instruction takes 60,000, the two of the budget a few hundred.
const COMPUTE_UNITS: u32 = 80_000;

/// Millionths of a lamport: the unit of prices.
const MICRO: u64 = 1_000_000;

/// How long an endpoint may take to say what others paid; without its answer nothing is paid.
const PATIENCE: Duration = Duration::from_secs(2);

/// The price of a compute unit, in millionths of a lamport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Price(u64);

impl Price {
    /// What three of four paid lately; and where that was too little before, what the last of them did. Never so much that
    /// the act would cost more than `most` lamports.
    fn among(mut paid: Vec<u64>, was_too_little: bool, most: u64) -> Self {
        paid.sort_unstable();
        let place = if was_too_little { paid.len().saturating_sub(1) } else { paid.len() * 3 / 4 };
        let usual = paid.get(place).copied().unwrap_or_default();
        Self(usual.min(most.saturating_mul(MICRO) / u64::from(COMPUTE_UNITS)))
    }

    /// What it makes of an act, in lamports.
    pub(super) fn fee(self) -> u64 {
        self.0.saturating_mul(u64::from(COMPUTE_UNITS)).div_ceil(MICRO)
    }

    /// The instructions, behind those that offer the price, if any.
    pub(super) fn offered_with(self, asked: &[Instruction]) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        if self.0 > 0 {
            instructions.push(budget(SET_COMPUTE_UNIT_LIMIT, &COMPUTE_UNITS.to_le_bytes()));
            instructions.push(budget(SET_COMPUTE_UNIT_PRICE, &self.0.to_le_bytes()));
        }
        instructions.extend_from_slice(asked);
        instructions
    }
}

fn budget(kind: u8, value: &[u8]) -> Instruction {
    let accounts: Vec<AccountMeta> = Vec::new();
    Instruction { program_id: COMPUTE_BUDGET, accounts, data: [&[kind], value].concat() }
}

impl SolanaLedger {
    /// The price at which others who write the same accounts were preferred lately.
    pub(super) async fn price_of(&self, order: &Order, was_too_little: bool) -> Price {
        if self.max_priority_fee == 0 {
            return Price::default();
        }
        let accounts = order.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let written = accounts.filter(|account| account.is_writable);
        let written: Vec<Pubkey> = written.map(|account| account.pubkey).collect();
        let asked = self
            .endpoints
            .used()
            .try_asking(order.act, PATIENCE, |client| client.get_recent_prioritization_fees(&written));
        let paid = asked.await.unwrap_or_default();
        let paid = paid.into_iter().map(|slot| slot.prioritization_fee).collect();
        Price::among(paid, was_too_little, self.max_priority_fee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_offered_where_nobody_pays() {
        let none = Price::among(vec![0; 150], false, 50_000);
        assert_eq!((none, none.fee()), (Price(0), 0));
        assert_eq!(Price::among(vec![], true, 50_000), Price(0));
        let asked = [budget(0, &[])];
        assert_eq!(none.offered_with(&asked), asked);
    }

    #[test]
    fn a_congested_ledger_is_paid_what_most_pay_and_more_when_that_was_too_little() {
        let paid = || (1..=100).rev().map(|price| price * 1000).collect();
        assert_eq!(Price::among(paid(), false, 50_000), Price(76_000));
        assert_eq!(Price::among(paid(), true, 50_000), Price(100_000));
        assert_eq!(Price(100_000).fee(), 8_000);
        assert_eq!(Price(1).fee(), 1, "rounded up, as the ledger does");
        let offered = Price(76_000).offered_with(&[budget(0, &[])]);
        assert_eq!(offered.len(), 3);
        assert_eq!(offered[0].data, [2, 0x80, 0x38, 1, 0]);
        assert_eq!(offered[1].data, [3, 0xe0, 0x28, 1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn no_endpoint_talks_this_agent_into_paying_more_than_its_operator_allows() {
        for most in [0, 1, 5_000, 50_000] {
            let price = Price::among(vec![u64::MAX; 150], true, most);
            assert!(price.fee() <= most, "{price:?}");
        }
    }
}
