//! Instructions on their way to the ledger: signed, sent, and waited for until they are confirmed.
//!
//! An act is signed anew only when its last transaction can no longer be taken. Even if both were, the second
//! would be refused: peer, post and verdict have addresses that follow from what they are, a mirror is listed once, and what
//! has ended does not end again.

use std::time::Duration;

use solana_client::rpc_config::{RpcSendTransactionConfig, UiTransactionEncoding};
use solana_sdk::{
    instruction::Instruction,
    signature::{Keypair, Signer},
    transaction::{Transaction, TransactionError},
};
use tokio::time::{Instant, sleep, timeout};

use super::SolanaLedger;
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

impl SolanaLedger {
    /// Does what the instruction says, once.
    pub(super) async fn transact(
        &self,
        act: Act,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Result<Sent, LedgerError> {
        let mut transaction = Transaction::new_with_payer(&[instruction], Some(&self.keypair.pubkey()));
        let mut outcome = Outcome::Expired;
        for _ in 0..ATTEMPTS {
            let latest = self.client.get_latest_blockhash_with_commitment(self.commitment());
            let (blockhash, last_valid) = self.ask(act, latest).await?;
            transaction.try_sign(signers, blockhash).map_err(|error| self.failure(act, error.into()))?;
            outcome = self.send_and_confirm(act, &transaction, last_valid).await?;
            if outcome != Outcome::Expired {
                break;
            }
        }
        let tx = TxId(transaction.signatures.first().copied().unwrap_or_default().into());
        match outcome {
            Outcome::Confirmed => Ok(Sent { tx, is_new: true }),
            Outcome::Known => Ok(Sent { tx, is_new: false }),
            Outcome::Expired | Outcome::Unknown => {
                Err(LedgerError::Unconfirmed { act, endpoint: self.settings.rpc_endpoint(), tx })
            }
        }
    }

    async fn send_and_confirm(
        &self,
        act: Act,
        transaction: &Transaction,
        last_valid: u64,
    ) -> Result<Outcome, LedgerError> {
        let mut confirmed = Outcome::Confirmed;
        match self.send(act, transaction, false).await {
            // Nobody knows whether it arrived, so it is waited for like one that did.
            Ok(()) | Err(LedgerError::Unreachable { .. }) => {}
            Err(error) => match transaction_error(&error) {
                // The nodes behind one endpoint are not all equally far: this one knows no such blockhash yet.
                Some(TransactionError::BlockhashNotFound) => return Ok(Outcome::Expired),
                // The same act within one slot is the same transaction.
                Some(TransactionError::AlreadyProcessed) => confirmed = Outcome::Known,
                _ => return Err(error),
            },
        }
        let confirmation = timeout(CONFIRMATION, self.confirm(act, transaction, last_valid)).await;
        match confirmation {
            Ok(taken) => Ok(if taken? { confirmed } else { Outcome::Expired }),
            Err(_) => Ok(Outcome::Unknown),
        }
    }

    async fn send(
        &self,
        act: Act,
        transaction: &Transaction,
        skip_preflight: bool,
    ) -> Result<(), LedgerError> {
        let config = RpcSendTransactionConfig {
            skip_preflight,
            preflight_commitment: Some(self.commitment().commitment),
            encoding: Some(UiTransactionEncoding::Base64),
            ..RpcSendTransactionConfig::default()
        };
        self.ask(act, self.client.send_transaction_with_config(transaction, config)).await.map(drop)
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
                    if self.ask(act, self.client.get_block_height()).await? > last_valid {
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
        let statuses = self.ask(act, self.client.get_signature_statuses(&[signature])).await?;
        let Some(status) = statuses.value.into_iter().next().flatten() else { return Ok(Progress::Unseen) };
        let confirmed = status.satisfies_commitment(self.commitment());
        match status.err {
            Some(error) => Err(self.transaction_failure(act, error)),
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
