//! Errors as JSON-RPC and Solana number them.

use serde::Serialize;
use serde_json::Value;

/// A JSON-RPC error object.
#[derive(Debug, Serialize)]
pub(in crate::dev_ledger) struct Error {
    code: i64,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

impl Error {
    fn new(code: i64, message: String) -> Self {
        Self { code, message, data: None }
    }

    pub(super) fn parse(error: &serde_json::Error) -> Self {
        Self::new(-32700, format!("Parse error: {error}"))
    }

    pub(in crate::dev_ledger) fn invalid_request(problem: String) -> Self {
        Self::new(-32600, format!("Invalid request: {problem}"))
    }

    pub(in crate::dev_ledger) fn method_not_found() -> Self {
        Self::new(-32601, "Method not found".to_owned())
    }

    pub(in crate::dev_ledger) fn invalid_params(problem: impl std::fmt::Display) -> Self {
        Self::new(-32602, format!("Invalid params: {problem}"))
    }

    pub(in crate::dev_ledger) fn internal(error: &dyn std::error::Error) -> Self {
        Self::new(-32603, format!("Internal error: {error}"))
    }

    /// `SEND_TRANSACTION_PREFLIGHT_FAILURE`, with the simulation as `data`.
    pub(super) fn preflight(error: &dyn std::fmt::Display, simulation: Value) -> Self {
        Self {
            data: Some(simulation),
            ..Self::new(-32002, format!("Transaction simulation failed: {error}"))
        }
    }

    /// `TRANSACTION_SIGNATURE_VERIFICATION_FAILURE`.
    pub(super) fn signature() -> Self {
        Self::new(-32003, "Transaction signature verification failure".to_owned())
    }
}
