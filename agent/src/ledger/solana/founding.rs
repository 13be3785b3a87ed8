//! A network of one's own: its program loaded the way `solana program deploy` does it, and its rules set.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use sentinel_interface::{Instruction as Request, State, instruction::InitializeAccounts, program_id};
use sha2::{Digest, Sha256};
use solana_client::rpc_response::UiAccount;
use solana_loader_v3_interface::{instruction as loader, state::UpgradeableLoaderState};
use solana_sdk::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use tokio::time::sleep;

use super::{
    SolanaLedger,
    costs::{fee, rent},
    keypair,
    requests::unless_done,
    transactions::Order,
};
use crate::{
    domain::TxId,
    identity::Identity,
    ledger::{Act, Founding, LedgerError, Refusal},
};

/// Bytes of the program in one transaction: what fits beside signature, keys, lengths and the offer of a price.
const CHUNK: usize = 900;
/// Signatures besides: two to make a buffer, to install it and to set the rules, one to close a buffer that does not fit.
const OTHER_SIGNATURES: usize = 7;
/// Transactions with such bytes that are on their way at once.
const AT_ONCE: usize = 16;
/// Between two looks at the slot.
const PAUSE: Duration = Duration::from_millis(100);

impl Founding<'_> {
    /// What all of it takes at the most, in lamports, but for what is paid for being preferred: rents, and a fee for each
    /// transaction.
    #[must_use]
    pub fn cost(&self) -> u64 {
        let length = self.elf.len();
        let rents = [
            UpgradeableLoaderState::size_of_programdata(length),
            UpgradeableLoaderState::size_of_program(),
            State::LEN,
        ];
        fee(length.div_ceil(CHUNK) + OTHER_SIGNATURES) + rents.map(rent).iter().sum::<u64>()
    }
}

impl SolanaLedger {
    /// Loads the program, upgradeable by this peer, unless there is one at its address, and sets the network's rules; this
    /// peer is its authority. What was interrupted goes on where it stopped. `uploaded` hears how many bytes are there.
    ///
    /// None when the network had been founded before.
    ///
    /// # Errors
    /// When the endpoint does not answer, the ledger or the program refuses, or the lamports do not suffice.
    pub async fn found(
        &self,
        founding: &Founding<'_>,
        uploaded: impl Fn(usize),
    ) -> Result<Option<TxId>, LedgerError> {
        let program = keypair(founding.program);
        if self.account(&program.pubkey()).await?.is_none() {
            let buffer = buffer_for(founding.program);
            self.upload(&buffer, founding.elf, uploaded).await?;
            self.install(&buffer, &program, founding.elf.len()).await?;
        }
        self.initialize(&program, founding).await
    }

    /// What founding it takes from here on at the most, in lamports, as [`Founding::cost`]: less when an earlier call was
    /// interrupted, nothing when the network is there.
    ///
    /// # Errors
    /// When the endpoint does not answer.
    pub async fn cost_of(&self, founding: &Founding<'_>) -> Result<u64, LedgerError> {
        if self.account(&self.addresses.state()).await?.is_some() {
            return Ok(0);
        }
        if self.account(&self.addresses.program()).await?.is_some() {
            return Ok(fee(2) + rent(State::LEN));
        }
        // What lies in the buffer comes back before the program's rent is paid, whether the buffer becomes it or is closed.
        let gathered = self.account(&buffer_for(founding.program).pubkey()).await?;
        Ok(founding.cost().saturating_sub(gathered.map_or(0, |buffer| buffer.lamports)))
    }

    async fn account(&self, address: &Pubkey) -> Result<Option<UiAccount>, LedgerError> {
        let config = self.account_config();
        let asked = self
            .endpoints
            .ask(Act::Deploy, |client| client.get_ui_account_with_config(address, config.clone()));
        Ok(asked.await?.value)
    }

    /// Makes the buffer unless it is there. One of another length is left of another program, and would neither hold this one
    /// nor become it.
    async fn prepare(&self, buffer: &Keypair, length: usize) -> Result<(), LedgerError> {
        let (payer, address) = (self.keypair.pubkey(), buffer.pubkey());
        let size = UpgradeableLoaderState::size_of_buffer(length);
        if let Some(left) = self.account(&address).await? {
            if left.data.decode().is_some_and(|data| data.len() == size) {
                return Ok(());
            }
            let close = loader::close(&address, &payer, &payer, false);
            self.transact(&self.deploying(Ok(vec![close]), 0)?, &[&self.keypair]).await?;
            // Within the slot of an earlier write the same one again would be that one, and not be done twice.
            self.wait_for_another_slot().await?;
        }
        let create = loader::create_buffer(&payer, &address, &payer, rent(size), length);
        self.transact(&self.deploying(create, rent(size))?, &[&self.keypair, buffer]).await.map(drop)
    }

    async fn upload(
        &self,
        buffer: &Keypair,
        elf: &[u8],
        uploaded: impl Fn(usize),
    ) -> Result<(), LedgerError> {
        let (payer, address) = (self.keypair.pubkey(), buffer.pubkey());
        self.prepare(buffer, elf.len()).await?;
        let mut there = 0;
        let mut writes = stream::iter(elf.chunks(CHUNK).zip((0u32..).step_by(CHUNK)))
            .map(|(chunk, offset)| async move {
                let write = loader::write(&address, &payer, offset, chunk.to_vec());
                self.transact(&self.deploying(Ok(vec![write]), 0)?, &[&self.keypair]).await?;
                Ok::<_, LedgerError>(chunk.len())
            })
            .buffer_unordered(AT_ONCE);
        while let Some(length) = writes.try_next().await? {
            there += length;
            uploaded(there);
        }
        Ok(())
    }

    /// The buffer becomes the program, and its rent goes on to what holds it.
    async fn install(&self, buffer: &Keypair, program: &Keypair, length: usize) -> Result<(), LedgerError> {
        let payer = self.keypair.pubkey();
        let lamports = rent(UpgradeableLoaderState::size_of_program());
        let deploy = loader::deploy_with_max_program_len(
            &payer,
            &program.pubkey(),
            &buffer.pubkey(),
            &payer,
            lamports,
            length,
            true,
        );
        self.transact(&self.deploying(deploy, lamports)?, &[&self.keypair, program]).await?;
        self.wait_for_another_slot().await
    }

    /// A program can be called in the slot after the one that it was deployed in.
    async fn wait_for_another_slot(&self) -> Result<(), LedgerError> {
        let level = self.level();
        let slot = || self.endpoints.ask(Act::Deploy, |client| client.get_slot_with_commitment(level));
        let deployed = slot().await?;
        while slot().await? <= deployed + 1 {
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn initialize(
        &self,
        program: &Keypair,
        founding: &Founding<'_>,
    ) -> Result<Option<TxId>, LedgerError> {
        let accounts = InitializeAccounts {
            authority: self.key.0,
            program: program.pubkey().to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let request = Request::Initialize { parameters: founding.parameters };
        let order = self.order(Act::Found, &accounts.metas(), &request, rent(State::LEN));
        let sent = self.transact(&order, &[&self.keypair, program]).await;
        unless_done(&[Refusal::AlreadyInitialized], sent)
    }

    fn deploying(
        &self,
        instructions: Result<Vec<Instruction>, InstructionError>,
        rent: u64,
    ) -> Result<Order, LedgerError> {
        let instructions = instructions.map_err(|source| LedgerError::Transaction {
            act: Act::Deploy,
            endpoint: self.endpoints.used().urls().rpc_name(),
            source: source.into(),
        })?;
        Ok(Order { act: Act::Deploy, instructions, rent })
    }
}

/// Where the program is gathered: always the same key for one program, so that an upload that was interrupted goes on, and
/// nobody's rent lies in a buffer whose key is lost.
fn buffer_for(program: &Identity) -> Keypair {
    let seed =
        Sha256::new_with_prefix(b"sentinel program buffer").chain_update(program.signing_key().to_bytes());
    Keypair::new_from_array(seed.finalize().into())
}
