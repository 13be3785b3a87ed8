//! Instructions on their way to the ledger: signed, sent, and waited for until they are confirmed.
//!
//! An act is signed anew only when its last transaction can no longer be taken. Even if both were, the second
//! would be refused: peer, post and verdict have addresses that follow from what they are, a mirror is listed once, and what
//! has ended does not end again. So it does not matter either which endpoint is asked what became of it.

use std::time::Duration;

use solana_client::rpc_config::{RpcSendTransactionConfig, UiTransactionEncoding};
use solana_sdk::{
    instruction::Instruction,
    signature::{Keypair, Signature, Signer},
    transaction::{Transaction, TransactionError},
};
use tokio::{
    join,
    time::{Instant, sleep, timeout},
};

use super::{SolanaLedger, costs::fee, endpoint::ANSWER_TIMEOUT, fees::Price, payment::Payment};
use crate::{
    domain::TxId,
    ledger::{Act, LedgerError},
};

/// How often an act is signed anew after its blockhash expired (each lasts about a minute).
const ATTEMPTS: u32 = 3;

/// First pause between two looks at a transaction's status; the dev ledger has it by then.
const FIRST_PAUSE: Duration = Duration::from_millis(4);

/// Longest such pause: a slot.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// How often a transaction that nobody has confirmed is sent again, and its blockhash's age looked at.
const RESEND: Duration = Duration::from_secs(2);

/// After this time without a verdict the act is given up; a blockhash lives for about 60 s.
const CONFIRMATION: Duration = Duration::from_secs(120);

/// One act: what is asked of the program or of others, all or nothing, and what the accounts that it makes take.
pub(super) struct Order {
    pub(super) act: Act,
    pub(super) instructions: Vec<Instruction>,
    /// Lamports.
    pub(super) rent: u64,
}

impl SolanaLedger {
    /// Does what the order says, once.
    pub(super) async fn transact(&self, order: &Order, signers: &[&Keypair]) -> Result<Sent, LedgerError> {
        let mut last = Signature::default();
        for attempt in 0..ATTEMPTS {
            let base = fee(signers.len()).saturating_add(order.rent);
            // Before anybody is asked: what cannot be paid costs no questions either, however often it is tried.
            let mut payment = Payment::of(base, order.act, self.purse.as_ref())?;
            let (transaction, last_valid, price) = self.signed_order(order, signers, attempt).await?;
            payment.add(price.fee())?;
            last = transaction.signatures.first().copied().unwrap_or_default();
            payment.spend();
            let outcome = self.send_and_confirm(order, &transaction, last_valid).await?;
            let tx = TxId(last.into());
            match outcome {
                Outcome::Confirmed => return Ok(Sent { tx, is_new: true }),
                Outcome::Known => return Ok(Sent { tx, is_new: false }),
                Outcome::Expired => {}
                Outcome::Unknown => break,
            }
        }
        let endpoint = self.endpoints.used().urls().rpc_name();
        Err(LedgerError::Unconfirmed { act: order.act, endpoint, tx: TxId(last.into()) })
    }

    /// The transaction, the last block height at which it can be taken, and the price that it offers.
    async fn signed_order(
        &self,
        order: &Order,
        signers: &[&Keypair],
        attempt: u32,
    ) -> Result<(Transaction, u64, Price), LedgerError> {
        let level = self.level();
        let blockhash =
            self.endpoints.ask(order.act, |client| client.get_latest_blockhash_with_commitment(level));
        let (latest, price) = join!(blockhash, self.price_of(order, attempt > 0));
        let (blockhash, last_valid) = latest?;
        let instructions = price.offered_with(&order.instructions);
        let mut transaction = Transaction::new_with_payer(&instructions, Some(&self.keypair.pubkey()));
        transaction
            .try_sign(signers, blockhash)
            .map_err(|error| self.endpoints.used().failure(order.act, error.into()))?;
        Ok((transaction, last_valid, price))
    }

    /// When an endpoint says that nothing came of it, the rent goes back into the purse: whatever is true, it is paid once at
    /// the most, and comes back when the account is closed. The fee does not: one that lies has it paid each time.
    async fn send_and_confirm(
        &self,
        order: &Order,
        transaction: &Transaction,
        last_valid: u64,
    ) -> Result<Outcome, LedgerError> {
        let (act, mut confirmed) = (order.act, Outcome::Confirmed);
        match self.send(act, transaction, false).await {
            // Nobody knows whether it arrived, so it is waited for like one that did.
            Ok(()) | Err(LedgerError::Unreachable { .. }) => {}
            Err(error) => {
                self.purse.put_back(order.rent);
                match transaction_error(&error) {
                    // The nodes behind one endpoint are not all equally far: this one knows no such blockhash yet.
                    Some(TransactionError::BlockhashNotFound) => return Ok(Outcome::Expired),
                    // The same act within one slot is the same transaction.
                    Some(TransactionError::AlreadyProcessed) => confirmed = Outcome::Known,
                    _ => return Err(error),
                }
            }
        }
        match timeout(CONFIRMATION, self.confirm(act, transaction, last_valid)).await {
            Ok(Ok(true)) => Ok(confirmed),
            Ok(Ok(false)) => {
                if confirmed == Outcome::Confirmed {
                    self.purse.put_back(order.rent);
                }
                Ok(Outcome::Expired)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Outcome::Unknown),
        }
    }

    /// Hands it to the endpoint that is used, and to no other: a second one could only say that it was sent before.
    async fn send(
        &self,
        act: Act,
        transaction: &Transaction,
        skip_preflight: bool,
    ) -> Result<(), LedgerError> {
        let config = RpcSendTransactionConfig {
            skip_preflight,
            preflight_commitment: Some(self.level().commitment),
            encoding: Some(UiTransactionEncoding::Base64),
            ..RpcSendTransactionConfig::default()
        };
        let used = self.endpoints.used();
        let sent =
            used.ask(act, ANSWER_TIMEOUT, |client| client.send_transaction_with_config(transaction, config));
        sent.await.map(drop)
    }

    /// Waits until the transaction is confirmed; false when it expired before anybody took it.
    async fn confirm(
        &self,
        act: Act,
        transaction: &Transaction,
        last_valid: u64,
    ) -> Result<bool, LedgerError> {
        let mut pause = FIRST_PAUSE;
        let mut sent = Instant::now();
        loop {
            match self.progress(act, transaction).await? {
                Progress::Confirmed => return Ok(true),
                Progress::Unseen if sent.elapsed() >= RESEND => {
                    sent = Instant::now();
                    if self.endpoints.ask(act, |client| client.get_block_height()).await? > last_valid {
                        // It may have been taken in the very last slot.
                        if self.progress(act, transaction).await? == Progress::Unseen {
                            return Ok(false);
                        }
                    } else if let Err(error) = self.send(act, transaction, true).await {
                        tracing::debug!(%error, "sending a transaction again");
                    }
                }
                Progress::Unseen | Progress::Taken => {}
            }
            sleep(pause).await;
            pause = (pause * 5 / 4).min(LONGEST_PAUSE);
        }
    }

    async fn progress(&self, act: Act, transaction: &Transaction) -> Result<Progress, LedgerError> {
        let signature = transaction.signatures.first().copied().unwrap_or_default();
        let asked = [signature];
        let statuses = self.endpoints.ask(act, |client| client.get_signature_statuses(&asked)).await?;
        let Some(status) = statuses.value.into_iter().next().flatten() else { return Ok(Progress::Unseen) };
        let confirmed = status.satisfies_commitment(self.level());
        match status.err {
            Some(error) => Err(self.endpoints.transaction_failure(act, error)),
            None if confirmed => Ok(Progress::Confirmed),
            None => Ok(Progress::Taken),
        }
    }
}

/// How far the ledger is with a transaction.
#[derive(PartialEq, Eq)]
enum Progress {
    Unseen,
    /// Executed, but not confirmed yet.
    Taken,
    Confirmed,
}

/// A transaction that did what it was sent for.
pub(super) struct Sent {
    pub(super) tx: TxId,
    /// False when an earlier call had sent it.
    pub(super) is_new: bool,
}

/// What became of a transaction that was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Confirmed,
    /// Confirmed, and an earlier call had sent it.
    Known,
    /// It was not taken while it could be, and never will be.
    Expired,
    Unknown,
}

/// What the ledger, not the program, has against a transaction.
fn transaction_error(error: &LedgerError) -> Option<&TransactionError> {
    if let LedgerError::Transaction { source, .. } = error { source.downcast_ref() } else { None }
}
