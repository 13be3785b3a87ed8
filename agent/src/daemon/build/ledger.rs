//! The life with the peers: the ledger, and what follows from its posts.

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::super::{archive::Archive, core::Core, likers::Likers, outbox::Outbox, verify::Verifier};
use crate::{
    config::{Endpoint, FetchSettings, LedgerSettings, Settings},
    fetch::{FetchPolicy, Fetcher},
    identity::Identity,
    kernel::Links,
    ledger::{Ledger, SolanaLedger, SolanaSettings},
};

/// Posts that wait to be dealt with.
const POSTS: usize = 256;

/// The agent's life with its peers; a standalone agent has none.
pub(in crate::daemon) struct Sharing {
    ledger: Arc<dyn Ledger>,
    verifier: Verifier,
    outbox: Outbox,
    since: Timestamp,
}

impl Sharing {
    /// On behalf of `identity`, with posts that are not older than `trust.max_age` at `started`.
    pub(super) fn new(
        settings: &Settings,
        identity: &Arc<Identity>,
        links: watch::Receiver<Links>,
        (core, archive): (&Arc<Core>, &Archive),
        (ledger, outbox): (Arc<dyn Ledger>, Outbox),
        started: Timestamp,
    ) -> Self {
        let verifier = Verifier {
            core: Arc::clone(core),
            archive: archive.clone(),
            ledger: Arc::clone(&ledger),
            fetcher: Arc::new(Fetcher::new(Arc::clone(identity), fetch_policy(&settings.fetch, links))),
            likers: Arc::new(Likers::new(Arc::clone(&ledger), identity.peer_key())),
            outbox: outbox.clone(),
            me: identity.peer_key(),
        };
        let since = started.saturating_sub(settings.trust.max_age.0).unwrap_or(Timestamp::MIN);
        Self { ledger, verifier, outbox, since }
    }

    /// Follows posts and sends what is queued, for ever.
    pub(in crate::daemon) async fn run(self) {
        let (posts, incoming) = mpsc::channel(POSTS);
        let (database, me) = (self.verifier.core.database().clone(), self.verifier.me);
        tokio::join!(
            self.ledger.follow(Some(self.since), posts),
            self.verifier.run(incoming),
            self.outbox.run(Arc::clone(&self.ledger), database, me),
        );
    }
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

/// The ledger of the config, on behalf of `identity`; none when the agent is standalone.
pub fn connect(section: &LedgerSettings, identity: &Identity) -> anyhow::Result<Option<SolanaLedger>> {
    let (Some(rpc), Some(program)) = (&section.rpc, section.program) else { return Ok(None) };
    let websocket = section.websocket.as_ref().map(Endpoint::as_str);
    let settings = SolanaSettings::new(rpc.as_str(), websocket, program, section.commitment)?;
    Ok(Some(SolanaLedger::new(settings, identity)?))
}

/// The endpoint as it may be shown.
pub(super) fn endpoint_name(section: &LedgerSettings) -> String {
    section.rpc.as_ref().map(Endpoint::origin).unwrap_or_default()
}

/// How logs are fetched on a host with these addresses and networks, which are never connected to.
pub fn fetch_policy(section: &FetchSettings, links: watch::Receiver<Links>) -> FetchPolicy {
    FetchPolicy {
        allow_http: section.allow_http,
        allow_internal: section.allow_internal.clone(),
        is_own_network: Arc::new(move |address| {
            let links = links.borrow();
            links.addresses.contains(&address)
                || links.on_link.iter().any(|network: &IpNetwork| network.contains(address))
        }),
        ..FetchPolicy::default()
    }
}
