//! What the client library reports, in the agent's terms.

use solana_client::{
    client_error::{ClientError, ClientErrorKind},
    rpc_request::RpcError,
};
use solana_sdk::{instruction::InstructionError, transaction::TransactionError};

use super::endpoint::Endpoint;
use crate::ledger::{Act, LedgerError, Refusal};

/// With this number the system and token programs say that an account has too few lamports.
const TOO_FEW_LAMPORTS: u32 = 1;

impl Endpoint {
    /// Why `act` failed, from the client's error.
    pub(super) fn failure(&self, act: Act, error: ClientError) -> LedgerError {
        if let Some(error) = error.get_transaction_error() {
            return self.transaction_failure(act, error);
        }
        let endpoint = self.urls().rpc_name();
        match *error.kind {
            ClientErrorKind::RpcError(RpcError::RpcResponseError { code, message, .. }) => {
                LedgerError::Endpoint { act, endpoint, code, message }
            }
            ClientErrorKind::Reqwest(source) if source.is_decode() => {
                LedgerError::Malformed { act, endpoint, source: source.without_url().into() }
            }
            ClientErrorKind::Reqwest(source) => {
                LedgerError::Unreachable { act, endpoint, source: source.without_url().into() }
            }
            kind @ ClientErrorKind::Io(_) => LedgerError::Unreachable { act, endpoint, source: kind.into() },
            kind => LedgerError::Malformed { act, endpoint, source: kind.into() },
        }
    }

    /// Why `act` failed, from what the ledger made of the transaction.
    pub(super) fn transaction_failure(&self, act: Act, error: TransactionError) -> LedgerError {
        match error {
            TransactionError::InstructionError(_, InstructionError::Custom(TOO_FEW_LAMPORTS))
            | TransactionError::InstructionError(_, InstructionError::InsufficientFunds)
            | TransactionError::InsufficientFundsForFee
            | TransactionError::InsufficientFundsForRent { .. }
            | TransactionError::AccountNotFound => {
                LedgerError::InsufficientFunds { act, payer: self.payer() }
            }
            TransactionError::InstructionError(_, InstructionError::Custom(code))
                if let Ok(refusal) = Refusal::try_from(code) =>
            {
                LedgerError::Refused { act, refusal }
            }
            error => LedgerError::Transaction { act, endpoint: self.urls().rpc_name(), source: error.into() },
        }
    }
}
