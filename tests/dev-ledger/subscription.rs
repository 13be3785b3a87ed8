//! What one subscriber wants to hear, and what it hears.

use serde::Serialize;
use serde_json::{Value, json};
use solana_account_decoder::UiAccountEncoding;
use solana_client::{
    rpc_config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    rpc_response::RpcKeyedAccount,
};
use solana_sdk::{pubkey::Pubkey, signature::Signature, transaction::TransactionError};
use solana_transaction_status_client_types::UiTransactionError;

use super::{
    event::Event,
    rpc::{AccountFilter, Error, Params, encode_account},
};

pub(super) enum Subscription {
    Slot,
    Account {
        address: Pubkey,
        config: RpcAccountInfoConfig,
    },
    Program {
        program: Pubkey,
        filter: AccountFilter,
        config: RpcAccountInfoConfig,
    },
    /// Ends with its one notification.
    Signature(Signature),
}

impl Subscription {
    /// The subscription that `method` makes; none when it makes none.
    pub(super) fn new(method: &str, params: &Params) -> Result<Option<Self>, Error> {
        Ok(Some(match method {
            "slotSubscribe" => Self::Slot,
            "accountSubscribe" => Self::Account { address: params.address(0)?, config: params.config(1)? },
            "programSubscribe" => {
                let config: RpcProgramAccountsConfig = params.config(1)?;
                let filter = AccountFilter::new(config.filters)?;
                Self::Program { program: params.address(0)?, filter, config: config.account_config }
            }
            "signatureSubscribe" => Self::Signature(params.signature(0)?),
            _ => return Ok(None),
        }))
    }

    /// The transaction that is waited for.
    pub(super) fn signature(&self) -> Option<Signature> {
        if let Self::Signature(signature) = self { Some(*signature) } else { None }
    }

    /// What the subscriber hears of an event.
    pub(super) fn notification(&self, id: u64, event: &Event) -> Option<Value> {
        match (self, event) {
            (Self::Slot, Event::Slot(slot)) => Some(notification("slot", id, slot)),
            (Self::Account { address, config }, Event::Account { slot, address: changed, account })
                if address == changed =>
            {
                let account = encode_account(address, account, config, UiAccountEncoding::Binary).ok()?;
                Some(notification("account", id, at(*slot, account)))
            }
            (Self::Program { program, filter, config }, Event::Account { slot, address, account })
                if account.owner == *program && filter.passes(account) =>
            {
                let account = encode_account(address, account, config, UiAccountEncoding::Binary).ok()?;
                let keyed = RpcKeyedAccount { pubkey: address.to_string(), account };
                Some(notification("program", id, at(*slot, keyed)))
            }
            (Self::Signature(awaited), Event::Signature { slot, signature, error })
                if awaited == signature =>
            {
                Some(processed(id, *slot, error.clone()))
            }
            _ => None,
        }
    }
}

/// The one notification of a `signatureSubscribe`.
pub(super) fn processed(id: u64, slot: u64, error: Option<TransactionError>) -> Value {
    notification("signature", id, at(slot, json!({"err": error.map(UiTransactionError::from)})))
}

fn at(slot: u64, value: impl Serialize) -> Value {
    json!({"context": {"slot": slot}, "value": value})
}

fn notification(kind: &str, id: u64, result: impl Serialize) -> Value {
    json!({
        "jsonrpc": "2.0",
        "method": format!("{kind}Notification"),
        "params": {"result": result, "subscription": id},
    })
}
