//! The ledger that the config names.

use std::sync::Arc;

use crate::{
    config::{Endpoint, LedgerSettings},
    identity::Identity,
    ledger::{Ledger, SolanaLedger, SolanaSettings},
};

/// The ledger of the config, on behalf of `identity`; none when the agent is standalone.
pub fn connect(section: &LedgerSettings, identity: &Identity) -> anyhow::Result<Option<SolanaLedger>> {
    let (Some(rpc), Some(program)) = (&section.rpc, section.program) else { return Ok(None) };
    let websocket = section.websocket.as_ref().map(Endpoint::as_str);
    let settings = SolanaSettings::new(rpc.as_str(), websocket, program, section.commitment)?;
    Ok(Some(SolanaLedger::new(settings, identity)?))
}

/// The same, as whoever only needs a ledger sees it.
pub(super) fn ledger(
    section: &LedgerSettings,
    identity: &Identity,
) -> anyhow::Result<Option<Arc<dyn Ledger>>> {
    Ok(match connect(section, identity)? {
        Some(ledger) => Some(Arc::new(ledger)),
        None => None,
    })
}

/// The endpoint as it may be shown.
pub(super) fn endpoint_name(section: &LedgerSettings) -> String {
    section.rpc.as_ref().map(Endpoint::origin).unwrap_or_default()
}
