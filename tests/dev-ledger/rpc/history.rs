//! Transactions that the ledger took. All are final at once.

use serde_json::{Value, json};
use solana_client::{
    rpc_config::{
        RpcEncodingConfigWrapper, RpcSignaturesForAddressConfig, RpcTransactionConfig, UiTransactionEncoding,
    },
    rpc_request::{MAX_GET_CONFIRMED_SIGNATURES_FOR_ADDRESS2_LIMIT, MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS},
    rpc_response::UiTransactionError,
};

use super::{Error, Params, encoding, params, with_context};
use crate::dev_ledger::{history::Record, ledger::Ledger};

pub(super) fn statuses(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let signatures: Vec<String> = params.required(0)?;
    if signatures.len() > MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS {
        return Err(Error::invalid_params(format!(
            "Too many inputs provided; max {MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS}"
        )));
    }
    let status = |text: &String| Ok(ledger.history().get(&params::signature(text)?).map(status));
    let statuses: Vec<_> = signatures.iter().map(status).collect::<Result<_, Error>>()?;
    with_context(ledger, statuses)
}

fn status(record: &Record) -> Value {
    let outcome = outcome(record);
    json!({
        "slot": record.slot,
        "confirmations": null,
        "err": outcome.clone().err(),
        "status": outcome,
        "confirmationStatus": "finalized",
    })
}

fn outcome(record: &Record) -> Result<(), UiTransactionError> {
    record.error.clone().map_or(Ok(()), |error| Err(error.into()))
}

pub(super) fn signatures(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let address = params.address(0)?;
    let RpcSignaturesForAddressConfig { before, until, limit, .. } =
        params.optional(1)?.unwrap_or(RpcSignaturesForAddressConfig {
            before: None,
            until: None,
            limit: None,
            commitment: None,
            min_context_slot: None,
        });
    let before = before.as_deref().map(params::signature).transpose()?;
    let until = until.as_deref().map(params::signature).transpose()?;
    let limit = limit.unwrap_or(MAX_GET_CONFIRMED_SIGNATURES_FOR_ADDRESS2_LIMIT);
    if !(1..=MAX_GET_CONFIRMED_SIGNATURES_FOR_ADDRESS2_LIMIT).contains(&limit) {
        return Err(Error::invalid_params(format!(
            "Invalid limit; max {MAX_GET_CONFIRMED_SIGNATURES_FOR_ADDRESS2_LIMIT}"
        )));
    }
    let found: Vec<_> = ledger
        .history()
        .of(address)
        .skip_while(|record| before.is_some_and(|before| record.signature != before))
        .skip(usize::from(before.is_some()))
        .take_while(|record| Some(record.signature) != until)
        .take(limit)
        .map(|record| {
            json!({
                "signature": record.signature.to_string(),
                "slot": record.slot,
                "err": outcome(record).err(),
                "memo": null,
                "blockTime": record.time,
                "confirmationStatus": "finalized",
            })
        })
        .collect();
    Ok(found.into())
}

pub(super) fn transaction(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let signature = params.signature(0)?;
    let config: Option<RpcEncodingConfigWrapper<RpcTransactionConfig>> = params.optional(1)?;
    let config = config.map(|config| config.convert_to_current()).unwrap_or_default();
    let Some(record) = ledger.history().get(&signature) else {
        return Ok(Value::Null);
    };
    let wanted = config.encoding.unwrap_or(UiTransactionEncoding::Json);
    let outcome = outcome(record);
    Ok(json!({
        "slot": record.slot,
        "blockTime": record.time,
        "version": encoding::version(&record.transaction),
        "transaction": encoding::encode_transaction(&record.transaction, wanted)?,
        "meta": {
            "err": outcome.clone().err(),
            "status": outcome,
            "fee": record.fee,
            "preBalances": record.balances.0,
            "postBalances": record.balances.1,
            "innerInstructions": [],
            "logMessages": record.logs,
            "preTokenBalances": [],
            "postTokenBalances": [],
            "rewards": [],
            "loadedAddresses": {"writable": [], "readonly": []},
            "computeUnitsConsumed": record.compute_units,
        },
    }))
}
