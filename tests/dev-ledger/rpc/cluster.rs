//! What a client asks about the ledger as a whole.

use serde_json::{Value, json};
use solana_client::rpc_response::{RpcApiVersion, RpcBlockhash};

use super::{Error, Params, value, with_context};
use crate::dev_ledger::{Hash, ledger::Ledger};

/// Slots in an epoch, as on Solana's mainnet.
const SLOTS_IN_EPOCH: u64 = 432_000;

pub(super) fn health(_: &mut Ledger, _: &Params) -> Result<Value, Error> {
    Ok("ok".into())
}

pub(super) fn version(_: &mut Ledger, _: &Params) -> Result<Value, Error> {
    Ok(json!({"solana-core": RpcApiVersion::default(), "feature-set": null}))
}

pub(super) fn slot(ledger: &mut Ledger, _: &Params) -> Result<Value, Error> {
    Ok(ledger.slot().into())
}

pub(super) fn genesis_hash(ledger: &mut Ledger, _: &Params) -> Result<Value, Error> {
    Ok(ledger.genesis().to_string().into())
}

pub(super) fn epoch_info(ledger: &mut Ledger, _: &Params) -> Result<Value, Error> {
    let slot = ledger.slot();
    Ok(json!({
        "absoluteSlot": slot,
        "blockHeight": slot,
        "epoch": slot / SLOTS_IN_EPOCH,
        "slotIndex": slot % SLOTS_IN_EPOCH,
        "slotsInEpoch": SLOTS_IN_EPOCH,
        "transactionCount": ledger.history().taken(),
    }))
}

pub(super) fn transaction_count(ledger: &mut Ledger, _: &Params) -> Result<Value, Error> {
    Ok(ledger.history().taken().into())
}

pub(super) fn latest_blockhash(ledger: &mut Ledger, _: &Params) -> Result<Value, Error> {
    let (blockhash, last_valid_block_height) = ledger.latest_blockhash();
    with_context(ledger, RpcBlockhash { blockhash: blockhash.to_string(), last_valid_block_height })
}

pub(super) fn is_blockhash_valid(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    let blockhash: Hash = params.required::<String>(0)?.parse().map_err(Error::invalid_params)?;
    with_context(ledger, ledger.is_blockhash_valid(&blockhash))
}

/// Nobody has to pay for being preferred here.
pub(super) fn prioritization_fees(_: &mut Ledger, _: &Params) -> Result<Value, Error> {
    Ok(json!([]))
}

pub(super) fn rent(ledger: &mut Ledger, params: &Params) -> Result<Value, Error> {
    value(ledger.rent(params.required(0)?))
}
