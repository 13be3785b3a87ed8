//! How peers find this agent: the public URL, also when the address behind it changes.
//!
//! ```text
//! rtnetlink --> addresses --> public URL --> server (whom requests may be signed for), posts
//!                   |             |
//!                   v             v
//!             dynamic DNS      ledger (the peer's endpoint)
//! ```
//!
//! What is true is compared with what the service and the ledger know, so nothing is queued: whatever failed, or
//! happened while no agent ran, is made up for.

mod addresses;
mod announce;
mod lately;
mod memory;
mod update;
mod view;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    config::{Endpoint, ServeSettings, Settings},
    domain::{PeerKey, PublicAddresses},
    kernel::Links,
    ledger::Ledger,
    serve::PublicUrls,
};

pub use addresses::found_url;
use addresses::{chosen, public_url};
use announce::Announcer;
pub(super) use memory::Memory;
use update::Updater;
pub(super) use view::ReachBoard;

/// How long a new address has to stay before anybody is told: lines come up in several steps.
const SETTLE: Duration = Duration::from_secs(2);
/// How long an address has to be gone: a line that is dialled again is away for some seconds.
const GONE: Duration = Duration::from_secs(60);

/// The URL under which peers reach this agent, as far as it is known by now.
#[derive(Clone, Debug)]
pub(super) struct PublicUrl(watch::Receiver<Option<Endpoint>>);

impl PublicUrl {
    /// One that stays.
    pub(super) fn fixed(url: Endpoint) -> Self {
        Self(watch::channel(Some(url)).1)
    }

    /// One that changes as is told there.
    pub(super) fn following(url: watch::Receiver<Option<Endpoint>>) -> Self {
        Self(url)
    }

    /// Waits until it is another.
    pub(super) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// What it is now; none until it is known for the first time.
    pub(super) fn get(&self) -> Option<Endpoint> {
        self.0.borrow().clone()
    }
}

/// Follows this host's addresses, and tells everybody who has to know.
pub(super) struct Reach {
    serve: ServeSettings,
    links: watch::Receiver<Links>,
    addresses: watch::Sender<PublicAddresses>,
    url: watch::Sender<Option<Endpoint>>,
    served: Option<Arc<PublicUrls>>,
    updater: Option<Updater>,
    announcer: Option<Announcer>,
    memory: Memory,
}

impl Reach {
    /// With what is known already: by the config, by the addresses now, or from the last run.
    pub(super) fn new(
        settings: &Settings,
        links: watch::Receiver<Links>,
        ledger: Option<Arc<dyn Ledger>>,
        me: PeerKey,
    ) -> Self {
        let serve = settings.serve.clone();
        let memory = Memory::open(&settings.store.directory);
        let addresses = chosen(&links.borrow(), PublicAddresses::default());
        let known = || memory.public_url().filter(|_| serve.may_find_its_url_out());
        let url = watch::Sender::new(public_url(&serve, addresses).or_else(known));
        let updater = Updater::new(&serve.dynamic_dns, memory.clone());
        let announcer = ledger.map(|ledger| Announcer { ledger, me, url: PublicUrl(url.subscribe()) });
        let addresses = watch::Sender::new(addresses);
        Self { serve, links, addresses, url, served: None, updater, announcer, memory }
    }

    /// Has the server know its URLs, too.
    pub(super) fn serving(&mut self, urls: Arc<PublicUrls>) {
        self.served = Some(urls);
    }

    /// The URL, followed.
    pub(super) fn public_url(&self) -> PublicUrl {
        PublicUrl::following(self.url.subscribe())
    }

    /// What is known after a restart, and kept up to date.
    pub(super) fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// Follows, tells and announces, for ever.
    pub(super) async fn run(self) {
        self.say();
        self.remember();
        tokio::join!(
            self.follow(),
            self.note(),
            async {
                match &self.updater {
                    Some(updater) => updater.run(self.addresses.subscribe()).await,
                    None => std::future::pending().await,
                }
            },
            async {
                match &self.announcer {
                    Some(announcer) => announcer.run().await,
                    None => std::future::pending().await,
                }
            },
        );
    }

    /// Keeps in mind which addresses are this host's: what was read while they were is theirs after a change, too.
    async fn note(&self) {
        let mut links = self.links.clone();
        loop {
            let current = links.borrow_and_update().clone();
            self.memory.keep_own(&current, Timestamp::now());
            if links.changed().await.is_err() {
                return;
            }
        }
    }

    /// Takes a change over as soon as it has stayed for a while.
    async fn follow(&self) {
        let mut links = self.links.clone();
        let mut waiting: Option<(PublicAddresses, Instant)> = None;
        loop {
            let current = *self.addresses.borrow();
            let found = chosen(&links.borrow_and_update(), current);
            waiting = match waiting {
                _ if found == current => None,
                Some((same, until)) if same == found => Some((same, until)),
                _ => Some((found, Instant::now() + patience(current, found))),
            };
            tokio::select! {
                changed = links.changed() => if changed.is_err() { return },
                () = until(waiting) => {
                    waiting = None;
                    self.adopt(found);
                }
            }
        }
    }

    fn adopt(&self, addresses: PublicAddresses) {
        tracing::info!(step = "address", "the public addresses of this host are now: {addresses}");
        self.addresses.send_replace(addresses);
        let Some(url) = public_url(&self.serve, addresses) else { return };
        let changed = self.url.send_if_modified(|current| {
            let changed = current.as_ref() != Some(&url);
            *current = Some(url);
            changed
        });
        if changed {
            self.say();
            self.remember();
        }
    }

    /// Says where peers are sent to, and has the server take requests that are signed for it.
    fn say(&self) {
        let url = self.url.borrow();
        match &*url {
            Some(url) => {
                tracing::info!(step = "public-url", url = url.base(), "peers are sent to {}", url.base());
                if let Some(served) = &self.served {
                    served.add(url.base());
                }
            }
            None if self.serve.listen.is_empty() || self.announcer.is_none() => {}
            None => tracing::warn!(
                "it is not known how peers reach this agent: set serve.public_url; `sentinel-agent doctor` tells more"
            ),
        }
    }

    fn remember(&self) {
        if let Some(url) = &*self.url.borrow() {
            self.memory.keep_url(url.base());
        }
    }
}

/// A new address is told soon; one that is gone may come back.
fn patience(current: PublicAddresses, found: PublicAddresses) -> Duration {
    let lost = current.v4.is_some() && found.v4.is_none() || current.v6.is_some() && found.v6.is_none();
    if lost { GONE } else { SETTLE }
}

async fn until(waiting: Option<(PublicAddresses, Instant)>) {
    match waiting {
        Some((_, deadline)) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
