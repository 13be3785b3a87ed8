//! The ledger that the config names.

use std::sync::Arc;

use crate::{
    config::{Endpoint, LedgerSettings},
    identity::Identity,
    ledger::{EndpointUrls, Ledger, Purse, SolanaLedger, SolanaSettings},
};

/// The ledger of the config, on behalf of `identity`; none when the agent is standalone.
pub fn connect(section: &LedgerSettings, identity: &Identity) -> anyhow::Result<Option<SolanaLedger>> {
    let (Some(program), Some((first, others))) = (section.program, section.rpc.0.split_first()) else {
        return Ok(None);
    };
    let mut websockets = section.websocket.0.iter().map(Endpoint::as_str);
    let settings = SolanaSettings::new(first.as_str(), websockets.next(), program, section.commitment)?;
    let mut settings = settings.paying_at_most(section.max_priority_fee);
    for rpc in others {
        settings = settings.or(EndpointUrls::new(rpc.as_str(), websockets.next())?);
    }
    Ok(Some(SolanaLedger::new(settings, identity)?))
}

/// The same, as whoever only needs a ledger sees it, paying out of `purse`.
pub(super) fn ledger(
    section: &LedgerSettings,
    identity: &Identity,
    purse: Arc<dyn Purse>,
) -> anyhow::Result<Option<Arc<dyn Ledger>>> {
    Ok(match connect(section, identity)? {
        Some(ledger) => Some(Arc::new(ledger.paying_from(purse))),
        None => None,
    })
}
