//! The life with the peers: what follows from their posts, and what posts this agent's logs.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};

use super::{
    super::{
        core::Core, fetching::fetch_policy, likers::Likers, mirrors::Mirrors, outbox::Outbox,
        peers::PeerWatch, publisher::Publisher, reach::PublicUrl, upkeep::Upkeep, verify::Verifier,
    },
    base::Base,
};
use crate::{config::Settings, fetch::Fetcher, ledger::Ledger};

/// Posts that wait to be dealt with.
const POSTS: usize = 256;

/// The agent's life with its peers.
pub(in crate::daemon) struct Sharing {
    ledger: Arc<dyn Ledger>,
    peers: PeerWatch,
    verifier: Verifier,
    upkeep: Upkeep,
    outbox: Outbox,
    max_age: SignedDuration,
}

impl Sharing {
    /// With posts that are not older than `trust.max_age`; a standalone agent has none.
    pub(super) fn new(settings: &Settings, base: &Base, core: &Arc<Core>, url: PublicUrl) -> Option<Self> {
        let me = base.identity.peer_key();
        let Some(ledger) = base.ledger.clone() else {
            tracing::info!(peer = %me, "standalone: no ledger is configured, so nothing is shared");
            return None;
        };
        tracing::info!(peer = %me, "sharing as peer {me}");
        let policy = fetch_policy(&settings.fetch, base.links.clone());
        let (read, peers_read) = watch::channel(false);
        let verifier = Verifier {
            core: Arc::clone(core),
            archive: base.archive.clone(),
            ledger: Arc::clone(&ledger),
            fetcher: Arc::new(Fetcher::new(Arc::clone(&base.identity), policy)),
            likers: Arc::new(Likers::new(Arc::clone(&ledger), me)),
            outbox: base.outbox.clone(),
            mirrors: mirrors(settings, base, url),
            newcomers: Arc::default(),
            peers_read,
            me,
            unproven: Arc::default(),
        };
        let peers = PeerWatch {
            core: Arc::clone(core),
            ledger: Arc::clone(&ledger),
            outbox: base.outbox.clone(),
            read,
        };
        let upkeep = Upkeep {
            ledger: Arc::clone(&ledger),
            outbox: base.outbox.clone(),
            me,
            retire_after: settings.ledger.retire_after.0,
        };
        let max_age = settings.trust.max_age.0;
        Some(Self { ledger, peers, verifier, upkeep, outbox: base.outbox.clone(), max_age })
    }

    /// Follows posts and sends what is queued, for ever.
    pub(in crate::daemon) async fn run(self) {
        let (posts, incoming) = mpsc::channel(POSTS);
        let me = self.verifier.me;
        let mirrors = self.verifier.mirrors.clone();
        mirrors.settle().await;
        tokio::join!(
            mirrors.follow_the_url(),
            self.peers.run(),
            self.ledger.follow(Some(self.max_age), posts),
            self.verifier.run(incoming),
            self.upkeep.run(),
            self.outbox.run(Arc::clone(&self.ledger), me),
        );
    }
}

/// What announces copies, where others can know where to find them and the operator wants it.
fn mirrors(settings: &Settings, base: &Base, public_url: PublicUrl) -> Mirrors {
    Mirrors {
        logs: Arc::clone(base.archive.logs()),
        outbox: base.outbox.clone(),
        me: base.identity.peer_key(),
        public_url: Some(public_url).filter(|_| settings.mirror.enabled),
        min_likes: settings.mirror.min_likes,
        turn: Arc::default(),
    }
}

/// What posts this agent's logs, where it takes part in a network and others can know where to find it.
pub(super) fn publisher(settings: &Settings, base: &Base, public_url: PublicUrl) -> Option<Publisher> {
    let serve = &settings.serve;
    base.ledger.as_ref().filter(|_| serve.public_url.is_some() || serve.may_find_its_url_out())?;
    Some(Publisher { outbox: base.outbox.clone(), public_url })
}
