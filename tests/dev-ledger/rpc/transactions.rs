//! Transactions on their way into the ledger.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_account_decoder::UiAccountEncoding;
use solana_client::rpc_config::{
    RpcAccountInfoConfig, RpcSendTransactionConfig, RpcSimulateTransactionAccountsConfig,
    RpcSimulateTransactionConfig,
};
use solana_sdk::transaction::VersionedTransaction;
use solana_transaction_status_client_types::UiTransactionError;

use super::{Error, Params, encode_account, encoding::decode_transaction, params, value, with_context};
use crate::dev_ledger::ledger::{Ledger, Simulation};

/// Most lamports that one airdrop gives: a thousand SOL.
const MAX_AIRDROP: u64 = 1_000_000_000_000;

/// Lamports that each signature costs.
const LAMPORTS_PER_SIGNATURE: u64 = 5_000;

/// Most accounts that a simulation shows.
const MAX_SIMULATED_ACCOUNTS: usize = 64;

pub(super) fn send(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let config: RpcSendTransactionConfig = params.config(1)?;
    let transaction = decode_transaction(params.required(0)?, config.encoding)?;
    let signature = transaction.signatures.first().copied().unwrap_or_default();
    let signed = is_signed(&transaction);
    if !config.skip_preflight {
        if !signed {
            return Err(Error::signature());
        }
        let simulation = ledger.simulate(transaction.clone());
        if let Some(error) = &simulation.error {
            return Err(Error::preflight(error, describe(&simulation)));
        }
    }
    if signed {
        // Like a validator, which answers before it executes: the outcome is read from the status.
        let _ = ledger.commit(transaction);
    }
    Ok(signature.to_string().into())
}

pub(super) fn simulate(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let config: RpcSimulateTransactionConfig = params.config(1)?;
    let mut transaction = decode_transaction(params.required(0)?, config.encoding)?;
    if config.sig_verify && config.replace_recent_blockhash {
        return Err(Error::invalid_params("sigVerify may not be used with replaceRecentBlockhash"));
    }
    if config.sig_verify && !is_signed(&transaction) {
        return Err(Error::signature());
    }
    let (blockhash, last_valid_block_height) = ledger.latest_blockhash();
    let mut replacement = Value::Null;
    if config.replace_recent_blockhash {
        transaction.message.set_recent_blockhash(blockhash);
        replacement =
            json!({"blockhash": blockhash.to_string(), "lastValidBlockHeight": last_valid_block_height});
    }
    let simulation = ledger.simulate(transaction);
    let mut description = describe(&simulation);
    description["replacementBlockhash"] = replacement;
    if let Some(wanted) = config.accounts {
        description["accounts"] = simulated_accounts(&simulation, wanted)?;
    }
    with_context(ledger, description)
}

fn simulated_accounts(
    simulation: &Simulation,
    wanted: RpcSimulateTransactionAccountsConfig,
) -> Result<Value, Error> {
    if wanted.addresses.len() > MAX_SIMULATED_ACCOUNTS {
        return Err(Error::invalid_params(format!(
            "Too many accounts provided; max {MAX_SIMULATED_ACCOUNTS}"
        )));
    }
    let config = RpcAccountInfoConfig { encoding: wanted.encoding, ..RpcAccountInfoConfig::default() };
    let encode = |text: &String| {
        let address = params::address(text)?;
        let account = simulation.accounts.iter().find(|(changed, _)| *changed == address);
        account
            .map(|(_, account)| encode_account(&address, account, &config, UiAccountEncoding::Base64))
            .transpose()
    };
    value(wanted.addresses.iter().map(encode).collect::<Result<Vec<_>, _>>()?)
}

fn describe(simulation: &Simulation) -> Value {
    json!({
        "err": simulation.error.clone().map(UiTransactionError::from),
        "logs": simulation.logs,
        "accounts": null,
        "unitsConsumed": simulation.compute_units,
        "returnData": null,
        "innerInstructions": null,
        "fee": simulation.fee,
    })
}

fn is_signed(transaction: &VersionedTransaction) -> bool {
    let results = transaction.verify_with_results();
    !results.is_empty() && results.into_iter().all(|good| good)
}

pub(super) fn airdrop(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let (to, lamports) = (params.address(0)?, params.required(1)?);
    if lamports > MAX_AIRDROP {
        return Err(Error::invalid_params(format!("an airdrop gives at most {MAX_AIRDROP} lamports")));
    }
    let signature = ledger.airdrop(&to, lamports).map_err(|error| Error::internal(&error))?;
    Ok(signature.to_string().into())
}

pub(super) fn fee_for_message(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let bytes = BASE64_STANDARD.decode(params.required::<String>(0)?).map_err(Error::invalid_params)?;
    // A message begins with how many signatures it requires, after the version when it has one.
    let signatures = match bytes.as_slice() {
        [version, signatures, ..] if version & 0x80 != 0 => *signatures,
        [signatures, ..] => *signatures,
        [] => return Err(Error::invalid_params("the message is empty")),
    };
    with_context(ledger, LAMPORTS_PER_SIGNATURE * u64::from(signatures))
}
