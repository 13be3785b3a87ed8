//! Where the program's accounts live.

use sentinel_interface::{VerdictKind, program_id, seeds};
use solana_sdk::pubkey::Pubkey;

use crate::domain::{FileHash, PeerKey, PostId, ProgramId};

/// The addresses of one deployment of the program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    program: Pubkey,
    state: Pubkey,
}

impl Addresses {
    pub(super) fn new(program: ProgramId) -> Self {
        let program = Pubkey::from(program.0);
        Self { program, state: find(&program, &seeds::state()) }
    }

    pub(super) fn program(&self) -> Pubkey {
        self.program
    }

    pub(super) fn state(&self) -> Pubkey {
        self.state
    }

    pub(super) fn peer(&self, key: &PeerKey) -> Pubkey {
        find(&self.program, &seeds::peer(&key.0))
    }

    pub(super) fn mint(&self, owner: &PeerKey, file_hash: &FileHash) -> Pubkey {
        find(&self.program, &seeds::mint(&owner.0, &file_hash.0))
    }

    pub(super) fn post(&self, mint: &Pubkey) -> Pubkey {
        find(&self.program, &seeds::post(&mint.to_bytes()))
    }

    pub(super) fn verdict(&self, kind: VerdictKind, voter: &PeerKey, post: PostId) -> Pubkey {
        find(&self.program, &kind.seeds(&voter.0, &post.0))
    }

    pub(super) fn token_account(owner: &PeerKey, mint: &Pubkey) -> Pubkey {
        let program = Pubkey::from(program_id::ASSOCIATED_TOKEN);
        find(&program, &seeds::token_account(&owner.0, &mint.to_bytes()))
    }

    /// Whether these seeds, with the bump that an account names, lead to `address`.
    pub(super) fn lead_to(&self, address: &Pubkey, seeds: &[&[u8]], bump: u8) -> bool {
        let bump = [bump];
        let mut all = seeds.to_vec();
        all.push(&bump);
        Pubkey::create_program_address(&all, &self.program).is_ok_and(|found| found == *address)
    }
}

fn find(program: &Pubkey, seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, program).0
}
