//! The ledger itself: LiteSVM, its clock, its blockhashes and what it took.

use std::{
    collections::VecDeque,
    time::{SystemTime, UNIX_EPOCH},
};

use litesvm::LiteSVM;
use sentinel_agent::domain::FileHash;
use sentinel_interface::{Parameters, program_id};
use solana_client::rpc_response::SlotInfo;
use solana_sdk::{
    clock::Clock,
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    signature::{Keypair, Signature, Signer},
    transaction::{Transaction, TransactionError, VersionedTransaction},
};
use tokio::sync::broadcast;

use super::{
    Account, Hash, StartError,
    event::Event,
    history::{History, Record},
    keys,
};
use crate::program::Program;

/// For how many slots a blockhash is good, as on Solana (`MAX_PROCESSING_AGE`).
const BLOCKHASH_SLOTS: u64 = 150;

/// Events that a slow websocket may lag behind before it is cut off.
const EVENT_BACKLOG: usize = 4096;

/// Lamports in the faucet: a million SOL.
const FAUCET_LAMPORTS: u64 = 1_000_000_000_000_000;

/// What a transaction would do.
pub(super) struct Simulation {
    pub(super) error: Option<TransactionError>,
    pub(super) logs: Vec<String>,
    pub(super) compute_units: u64,
    pub(super) fee: u64,
    pub(super) accounts: Vec<(Pubkey, Account)>,
}

/// The one owner of the virtual machine; lives on a thread of its own.
pub(super) struct Ledger {
    svm: LiteSVM,
    slot: u64,
    genesis: Hash,
    /// Blockhashes that are still good with the last block height at which they are, oldest first.
    blockhashes: VecDeque<(Hash, u64)>,
    history: History,
    events: broadcast::Sender<Event>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let svm = LiteSVM::new()
            .with_sigverify(false)
            .with_blockhash_check(false)
            .with_transaction_history(0)
            .with_lamports(FAUCET_LAMPORTS);
        let mut ledger = Self {
            svm,
            slot: 0,
            genesis: Hash::new_from_array(FileHash::of(&nanoseconds().to_le_bytes()).0),
            blockhashes: VecDeque::new(),
            history: History::default(),
            events: broadcast::Sender::new(EVENT_BACKLOG),
        };
        ledger.put_account(
            keys::faucet().pubkey(),
            Account { lamports: FAUCET_LAMPORTS, ..Account::default() },
        );
        ledger.advance();
        ledger
    }

    /// Loads the program and founds the network.
    pub(super) fn found(
        &mut self,
        program: &Keypair,
        elf: &[u8],
        authority: &Keypair,
        parameters: Parameters,
    ) -> Result<(), StartError> {
        self.svm.add_program(program.pubkey(), elf).map_err(|e| StartError::Program(e.to_string()))?;
        self.airdrop(&authority.pubkey(), 1_000_000_000_000).map_err(StartError::Fund)?;
        let instruction = Program { id: program.pubkey() }.initialize(&authority.pubkey(), parameters);
        self.transact(&[instruction], &[authority, program]).map_err(StartError::Initialize)?;
        Ok(())
    }

    /// Pays `lamports` from the faucet.
    pub(super) fn airdrop(&mut self, to: &Pubkey, lamports: u64) -> Result<Signature, TransactionError> {
        // Two equal airdrops within one slot would be one and the same transaction.
        self.renew_blockhash();
        let faucet = keys::faucet();
        let mut data = 2u32.to_le_bytes().to_vec();
        data.extend(lamports.to_le_bytes());
        let accounts = vec![AccountMeta::new(faucet.pubkey(), true), AccountMeta::new(*to, false)];
        let transfer = Instruction { program_id: program_id::SYSTEM.into(), accounts, data };
        self.transact(&[transfer], &[&faucet])
    }

    fn transact(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Signature, TransactionError> {
        let payer = signers.first().map(|payer| payer.pubkey());
        let mut transaction = Transaction::new_with_payer(instructions, payer.as_ref());
        let (blockhash, _) = self.latest_blockhash();
        transaction.try_sign(signers, blockhash).map_err(|_| TransactionError::SignatureFailure)?;
        self.commit(transaction.into())
    }

    /// One slot on: a new blockhash, the oldest expires, the clock shows the wall's time.
    pub(super) fn advance(&mut self) {
        self.slot += 1;
        let clock = Clock { slot: self.slot, unix_timestamp: unix_time(), ..self.svm.get_sysvar::<Clock>() };
        self.svm.set_sysvar(&clock);
        self.renew_blockhash();
        while self.blockhashes.front().is_some_and(|(_, last_valid)| *last_valid < self.slot) {
            self.blockhashes.pop_front();
        }
        let slot = SlotInfo { slot: self.slot, parent: self.slot - 1, root: self.slot.saturating_sub(32) };
        self.announce(Event::Slot(slot));
    }

    fn renew_blockhash(&mut self) {
        self.svm.expire_blockhash();
        self.blockhashes.push_back((self.svm.latest_blockhash(), self.slot + BLOCKHASH_SLOTS));
    }

    /// The newest blockhash and the last block height at which it is good.
    pub(super) fn latest_blockhash(&self) -> (Hash, u64) {
        self.blockhashes.back().copied().unwrap_or_default()
    }

    pub(super) fn is_blockhash_valid(&self, blockhash: &Hash) -> bool {
        self.blockhashes.iter().any(|(good, _)| good == blockhash)
    }

    fn refuse(&self, transaction: &VersionedTransaction) -> Option<TransactionError> {
        if transaction.signatures.first().is_some_and(|signature| self.history.get(signature).is_some()) {
            return Some(TransactionError::AlreadyProcessed);
        }
        let blockhash = transaction.message.recent_blockhash();
        (!self.is_blockhash_valid(blockhash)).then_some(TransactionError::BlockhashNotFound)
    }

    /// Runs the transaction without keeping what it did. Signatures are the caller's business.
    pub(super) fn simulate(&self, transaction: VersionedTransaction) -> Simulation {
        if let Some(error) = self.refuse(&transaction) {
            let (logs, compute_units, fee, accounts) = Default::default();
            return Simulation { error: Some(error), logs, compute_units, fee, accounts };
        }
        let (error, meta, accounts) = match self.svm.simulate_transaction(transaction) {
            Ok(simulated) => (None, simulated.meta, simulated.post_accounts),
            Err(failed) => (Some(failed.err), failed.meta, Vec::new()),
        };
        Simulation {
            error,
            logs: meta.logs,
            compute_units: meta.compute_units_consumed,
            fee: meta.fee,
            accounts: accounts.into_iter().map(|(address, account)| (address, account.into())).collect(),
        }
    }

    /// Runs the transaction for good and tells the subscribers. Signatures are the caller's business.
    pub(super) fn commit(
        &mut self,
        transaction: VersionedTransaction,
    ) -> Result<Signature, TransactionError> {
        if let Some(error) = self.refuse(&transaction) {
            return Err(error);
        }
        let signature = transaction.signatures.first().copied().unwrap_or_default();
        let keys = transaction.message.static_account_keys().to_vec();
        let before: Vec<_> = keys.iter().map(|key| self.account(key)).collect();
        let (error, meta) = match self.svm.send_transaction(transaction.clone()) {
            Ok(meta) => (None, meta),
            Err(failed) => (Some(failed.err), failed.meta),
        };
        if let Some(error) = error.clone()
            && meta.fee == 0
        {
            return Err(error); // Not even the fee could be taken: a validator would have dropped it.
        }
        let after: Vec<_> = keys.iter().map(|key| self.account(key)).collect();
        let lamports = |accounts: &[Option<Account>]| {
            accounts.iter().map(|account| account.as_ref().map_or(0, |account| account.lamports)).collect()
        };
        self.history.push(Record {
            signature,
            slot: self.slot,
            time: unix_time(),
            transaction,
            error: error.clone(),
            logs: meta.logs,
            fee: meta.fee,
            compute_units: meta.compute_units_consumed,
            balances: (lamports(&before), lamports(&after)),
        });
        for ((address, before), after) in keys.into_iter().zip(before).zip(after) {
            if before != after {
                self.announce_account(address, after.unwrap_or_default());
            }
        }
        self.announce(Event::Signature { slot: self.slot, signature, error: error.clone() });
        error.map_or(Ok(signature), Err)
    }

    /// Writes an account past the program, as no transaction could.
    pub(super) fn put_account(&mut self, address: Pubkey, account: Account) {
        if self.svm.set_account(address, account.clone()).is_ok() {
            self.announce_account(address, account);
        }
    }

    fn announce_account(&self, address: Pubkey, account: Account) {
        self.announce(Event::Account { slot: self.slot, address, account: account.into() });
    }

    fn announce(&self, event: Event) {
        // An error only says that nobody listens.
        let _ = self.events.send(event);
    }

    pub(super) fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm.get_account(address).filter(|account| account.lamports > 0)
    }

    pub(super) fn program_accounts(&self, program: &Pubkey) -> Vec<(Pubkey, Account)> {
        self.svm.get_program_accounts(program)
    }

    pub(super) fn rent(&self, bytes: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(bytes)
    }

    /// The slot, which is also the block height: no slot is skipped.
    pub(super) fn slot(&self) -> u64 {
        self.slot
    }

    pub(super) fn genesis(&self) -> Hash {
        self.genesis
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}

fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

fn unix_time() -> i64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
