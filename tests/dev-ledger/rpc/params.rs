//! The positional parameters of a call.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use solana_sdk::{pubkey::Pubkey, signature::Signature};

use super::Error;

/// Absent and null are the same as none.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(in crate::dev_ledger) struct Params(Option<Vec<Value>>);

impl Params {
    /// The parameter at `index`, which must be there.
    pub(in crate::dev_ledger) fn required<T: DeserializeOwned>(&self, index: usize) -> Result<T, Error> {
        self.optional(index)?
            .ok_or_else(|| Error::invalid_params(format!("parameter {} is missing", index + 1)))
    }

    /// The parameter at `index` unless it is absent or null.
    pub(in crate::dev_ledger) fn optional<T: DeserializeOwned>(
        &self,
        index: usize,
    ) -> Result<Option<T>, Error> {
        match self.0.iter().flatten().nth(index) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value).map(Some).map_err(Error::invalid_params),
        }
    }

    /// The configuration object at `index`; its default when there is none.
    pub(in crate::dev_ledger) fn config<T: DeserializeOwned + Default>(
        &self,
        index: usize,
    ) -> Result<T, Error> {
        self.optional(index).map(Option::unwrap_or_default)
    }

    pub(in crate::dev_ledger) fn address(&self, index: usize) -> Result<Pubkey, Error> {
        address(&self.required::<String>(index)?)
    }

    pub(in crate::dev_ledger) fn signature(&self, index: usize) -> Result<Signature, Error> {
        signature(&self.required::<String>(index)?)
    }
}

pub(super) fn address(text: &str) -> Result<Pubkey, Error> {
    text.parse().map_err(|error| Error::invalid_params(format!("not an address: {error}")))
}

pub(super) fn signature(text: &str) -> Result<Signature, Error> {
    text.parse().map_err(|error| Error::invalid_params(format!("not a signature: {error}")))
}
