//! A ledger on which there has been much going on.

use sentinel_interface::{LayoutError, Mirrors, Post, State, Url};
use solana_sdk::pubkey::Pubkey;

use super::{Account, DevLedger, Stopped, ledger::Ledger};
use crate::program::Program;

/// Cycles that are over, when there are posts from before.
const CYCLES: u64 = 1000;

/// When those were made: long before anything that an agent looks at.
const LONG_AGO: i64 = 1_600_000_000;

/// What each has, in lamports: more than its rent.
const LAMPORTS: u64 = 1_000_000_000;

/// Why there are no old posts.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// The ledger's thread ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The network's state or a post has no bytes.
    #[error("making old posts: {0}")]
    Layout(LayoutError),
    /// There is no network.
    #[error("making old posts: the ledger has no network")]
    NoNetwork,
}

impl From<LayoutError> for AgeError {
    fn from(error: LayoutError) -> Self {
        Self::Layout(error)
    }
}

impl DevLedger {
    /// Lets a thousand cycles pass, and spreads `posts` posts over all of them but the last two. They are as large as real ones, and
    /// only their addresses are made up.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn age(&self, posts: u64) -> Result<(), AgeError> {
        let program = self.program;
        self.handle.with(move |ledger| age(ledger, program, posts)).await?
    }
}

fn age(ledger: &mut Ledger, program: Pubkey, posts: u64) -> Result<(), AgeError> {
    let address = Program { id: program }.state();
    let mut account = ledger.account(&address).ok_or(AgeError::NoNetwork)?;
    let state = State::parse(&account.data)?;
    State { cycle_index: CYCLES, ..state }.encode(&mut account.data)?;
    ledger.put_account(address, account);
    for number in 0..posts {
        let mut at = [0xa5; 32];
        at[..8].copy_from_slice(&number.to_le_bytes());
        let (lamports, data) = (LAMPORTS, old_post(number)?);
        ledger.put_account(at.into(), Account { lamports, data, owner: program, ..Account::default() });
    }
    Ok(())
}

fn old_post(number: u64) -> Result<Vec<u8>, LayoutError> {
    let post = Post {
        owner: [1; 32],
        nft_mint: [2; 32],
        file_hash: [3; 32],
        cycle_index: number % (CYCLES - 2),
        timestamp: LONG_AGO,
        likes: 7,
        disputes: 0,
        retracted: false,
        bump: 255,
        log_url: Url::new("https://peer.example:9000/logs/0123456789abcdef")
            .map_err(LayoutError::InvalidUrl)?,
        mirrors: Mirrors::EMPTY,
    };
    let mut data = vec![0; post.encoded_len()];
    post.encode(&mut data)?;
    Ok(data)
}
