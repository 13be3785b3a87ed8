//! Solana's JSON-RPC over HTTP: the envelope and the list of methods.

mod accounts;
mod cluster;
mod encoding;
mod error;
mod history;
mod params;
mod transactions;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use solana_client::rpc_response::{Response, RpcResponseContext};
use tokio::{net::TcpListener, sync::watch};
use warp::Filter;

use super::{ledger::Ledger, owner::Handle, stopped};
pub(super) use accounts::AccountFilter;
pub(super) use encoding::encode_account;
pub(super) use error::Error;
pub(super) use params::Params;

/// Largest request body in bytes, as a validator's default.
pub(super) const MAX_REQUEST: u64 = 50 * 1024;

/// Most calls in one batch.
const MAX_BATCH: usize = 100;

#[derive(Deserialize)]
pub(super) struct Call {
    pub(super) id: Value,
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Params,
}

type Method = fn(&mut Ledger, &Params) -> Result<Value, Error>;

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "getHealth" => cluster::health,
        "getVersion" => cluster::version,
        "getSlot" | "getBlockHeight" => cluster::slot,
        "getGenesisHash" => cluster::genesis_hash,
        "getEpochInfo" => cluster::epoch_info,
        "getTransactionCount" => cluster::transaction_count,
        "getLatestBlockhash" => cluster::latest_blockhash,
        "isBlockhashValid" => cluster::is_blockhash_valid,
        "getMinimumBalanceForRentExemption" => cluster::rent,
        "getRecentPrioritizationFees" => cluster::prioritization_fees,
        "getFeeForMessage" => transactions::fee_for_message,
        "getBalance" => accounts::balance,
        "getAccountInfo" => accounts::account,
        "getMultipleAccounts" => accounts::accounts,
        "getProgramAccounts" => accounts::program_accounts,
        "requestAirdrop" => transactions::airdrop,
        "simulateTransaction" => transactions::simulate,
        "sendTransaction" => transactions::send,
        "getSignatureStatuses" => history::statuses,
        "getSignaturesForAddress" => history::signatures,
        "getTransaction" => history::transaction,
        _ => return None,
    })
}

/// Answers until `stop` is.
pub(super) async fn serve(handle: Handle, listener: TcpListener, stop: watch::Receiver<()>) {
    let calls = warp::post()
        .and(warp::path::end())
        .and(warp::body::content_length_limit(MAX_REQUEST))
        .and(warp::body::bytes())
        .then(move |body: warp::hyper::body::Bytes| {
            let handle = handle.clone();
            async move { warp::reply::json(&answer_body(&handle, &body).await) }
        });
    let health = warp::get().and(warp::path!("health")).map(|| "ok".to_owned());
    let anywhere =
        warp::cors().allow_any_origin().allow_methods(["GET", "POST"]).allow_headers(["content-type"]);
    warp::serve(calls.or(health).with(anywhere)).incoming(listener).graceful(stopped(stop)).run().await;
}

async fn answer_body(handle: &Handle, body: &[u8]) -> Value {
    match serde_json::from_slice(body) {
        Ok(Value::Array(calls)) if calls.is_empty() || calls.len() > MAX_BATCH => {
            failure(&Value::Null, &Error::invalid_request(format!("a batch holds 1 to {MAX_BATCH} calls")))
        }
        Ok(Value::Array(calls)) => {
            let mut answers = Vec::with_capacity(calls.len());
            for call in calls {
                answers.push(answer(handle, call).await);
            }
            answers.into()
        }
        Ok(call) => answer(handle, call).await,
        Err(error) => failure(&Value::Null, &Error::parse(&error)),
    }
}

async fn answer(handle: &Handle, call: Value) -> Value {
    let call: Call = match serde_json::from_value(call) {
        Ok(call) => call,
        Err(error) => return failure(&Value::Null, &Error::invalid_request(error.to_string())),
    };
    let Some(method) = method(&call.method) else {
        return failure(&call.id, &Error::method_not_found());
    };
    let Call { id, params, .. } = call;
    match handle.with(move |ledger| method(ledger, &params)).await {
        Ok(Ok(result)) => success(&id, &result),
        Ok(Err(error)) => failure(&id, &error),
        Err(stopped) => failure(&id, &Error::internal(&stopped)),
    }
}

pub(super) fn success(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

pub(super) fn failure(id: &Value, error: &Error) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": error})
}

/// `value` as JSON.
fn value<T: Serialize>(value: T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::internal(&error))
}

/// `value` with the slot at which it was true.
fn with_context<T: Serialize>(ledger: &Ledger, answer: T) -> Result<Value, Error> {
    value(Response { context: RpcResponseContext::new(ledger.slot()), value: answer })
}
