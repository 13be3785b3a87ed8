//! Accounts and transactions in the encodings that clients ask for.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_account_decoder::{UiAccount, UiAccountEncoding, encode_ui_account};
use solana_client::rpc_config::{RpcAccountInfoConfig, UiTransactionEncoding};
use solana_sdk::{pubkey::Pubkey, transaction::VersionedTransaction};
use solana_transaction_status_client_types::{
    EncodedTransaction, TransactionBinaryEncoding, UiAddressTableLookup, UiCompiledInstruction, UiMessage,
    UiRawMessage, UiTransaction,
};

use super::Error;
use crate::dev_ledger::Account;

/// Largest account in bytes that is written in base58, as on a validator.
const MAX_BASE58: usize = 128;

/// Largest transaction in bytes (`PACKET_DATA_SIZE`).
const MAX_TRANSACTION: usize = 1232;

/// An account in the encoding asked for; `default` when none was.
pub(in crate::dev_ledger) fn encode_account(
    address: &Pubkey,
    account: &Account,
    config: &RpcAccountInfoConfig,
    default: UiAccountEncoding,
) -> Result<UiAccount, Error> {
    let encoding = config.encoding.unwrap_or(default);
    let length = config.data_slice.map_or(account.data.len(), |slice| slice.length.min(account.data.len()));
    if matches!(encoding, UiAccountEncoding::Binary | UiAccountEncoding::Base58) && length > MAX_BASE58 {
        return Err(Error::invalid_request(
            "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding."
                .to_owned(),
        ));
    }
    Ok(encode_ui_account(address, account, encoding, None, config.data_slice))
}

/// Reads a transaction as `sendTransaction` takes it: base58 unless `encoding` says otherwise.
pub(super) fn decode_transaction(
    text: String,
    encoding: Option<UiTransactionEncoding>,
) -> Result<VersionedTransaction, Error> {
    let encoding = encoding.unwrap_or(UiTransactionEncoding::Base58);
    let encoding = encoding.into_binary_encoding().ok_or_else(|| {
        Error::invalid_params(format!(
            "unsupported encoding: {encoding}. Supported encodings: base58, base64"
        ))
    })?;
    // Neither encoding takes more than two characters a byte.
    if text.len() > 2 * MAX_TRANSACTION {
        return Err(Error::invalid_params(format!("transaction too large (max: {MAX_TRANSACTION} bytes)")));
    }
    EncodedTransaction::Binary(text, encoding)
        .decode()
        .ok_or_else(|| Error::invalid_params("failed to deserialize the transaction"))
}

/// Writes a transaction as `getTransaction` gives it.
pub(super) fn encode_transaction(
    transaction: &VersionedTransaction,
    encoding: UiTransactionEncoding,
) -> Result<EncodedTransaction, Error> {
    let Some(binary) = encoding.into_binary_encoding() else {
        return Ok(EncodedTransaction::Json(UiTransaction {
            signatures: transaction.signatures.iter().map(ToString::to_string).collect(),
            message: UiMessage::Raw(raw_message(transaction)),
        }));
    };
    let bytes = bincode::serialize(transaction).map_err(|error| Error::internal(&error))?;
    let text = match binary {
        TransactionBinaryEncoding::Base58 => bs58::encode(bytes).into_string(),
        TransactionBinaryEncoding::Base64 => BASE64_STANDARD.encode(bytes),
    };
    Ok(EncodedTransaction::Binary(text, binary))
}

fn raw_message(transaction: &VersionedTransaction) -> UiRawMessage {
    let message = &transaction.message;
    UiRawMessage {
        header: *message.header(),
        account_keys: message.static_account_keys().iter().map(ToString::to_string).collect(),
        recent_blockhash: message.recent_blockhash().to_string(),
        instructions: message
            .instructions()
            .iter()
            .map(|instruction| UiCompiledInstruction::from(instruction, Some(1)))
            .collect(),
        address_table_lookups: message
            .address_table_lookups()
            .map(|lookups| lookups.iter().map(UiAddressTableLookup::from).collect()),
        transaction_config: None,
    }
}

/// A transaction's version as JSON: "legacy" or its number.
pub(super) fn version(transaction: &VersionedTransaction) -> Value {
    json!(transaction.version())
}
