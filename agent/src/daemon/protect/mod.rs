//! Keeps the guard informed about what it protects.

mod allowlist;
mod remembered;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::sync::watch;

use self::{
    allowlist::{Allowlist, networks_of},
    remembered::Remembered,
};
use super::{commit::CommitError, core::Core};
use crate::{
    config::{LedgerSettings, Settings},
    domain::{AllowTarget, AllowView, Allowance, HostName},
    guard::{Protected, Refused},
    host::{self, Answers},
    kernel::Links,
    record::Record,
    store::database::AllowEntry,
};
pub(super) use allowlist::Kept;

/// Networks that are named one by one when they are let go; of more, only their number is told.
const NAMED: usize = 20;

/// Knows at any moment what has to be protected, and tells the guard and the kernel when that changes.
pub(super) struct Guardian {
    links: watch::Receiver<Links>,
    resolvers: watch::Receiver<Vec<IpAddr>>,
    sessions: watch::Receiver<Vec<IpAddr>>,
    answers: watch::Receiver<Answers>,
    /// The names that `answers` is about.
    wanted: watch::Sender<BTreeSet<HostName>>,
    remembered: Mutex<Remembered>,
    ledger: Vec<AllowTarget>,
    allowlist: Mutex<Allowlist>,
    /// The operator's commands come one after the other, so that what is remembered is what is in force.
    commands: tokio::sync::Mutex<()>,
}

/// Why something was not taken off the allowlist.
#[derive(Debug, thiserror::Error)]
pub(super) enum DisallowError {
    /// It cannot be.
    #[error(transparent)]
    Kept(#[from] Kept),
    /// It was, but not everywhere yet.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Guardian {
    /// Begins to follow everything. `added` is what the operator put on the allowlist while an agent ran, `known` what
    /// names meant then.
    pub(super) fn start(
        settings: &Settings,
        added: Vec<AllowEntry>,
        known: BTreeMap<HostName, Vec<IpAddr>>,
        links: watch::Receiver<Links>,
    ) -> Self {
        let remembered = Remembered::new(known);
        let ledger = endpoints(&settings.ledger);
        let allowlist = Allowlist::new(&settings.guard.allow, added);
        let (wanted, names) = watch::channel(names(&ledger, &allowlist));
        Self {
            links,
            resolvers: host::resolvers(host::RESOLV_CONF.into(), host::UPSTREAM_RESOLV_CONF.into()),
            sessions: host::sessions(host::UTMP.into(), host::LOGIND_SESSIONS.into()),
            answers: host::resolve(names, settings.guard.resolve_every.unsigned(), remembered.answers()),
            wanted,
            remembered: Mutex::new(remembered),
            ledger,
            allowlist: Mutex::new(allowlist),
            commands: tokio::sync::Mutex::default(),
        }
    }

    /// Everything that is protected at the moment.
    pub(super) fn protected(&self) -> Protected {
        let allowlist = self.allowlist();
        let (links, answers) = (self.links.borrow(), self.answers.borrow());
        let ledger = self.ledger.iter().flat_map(|target| networks_of(target, &answers));
        Protected {
            addresses: links.addresses.clone(),
            on_link: links.on_link.clone(),
            gateways: links.gateways.clone(),
            resolvers: self.resolvers.borrow().clone(),
            ledger: ledger.map(|network| network.ip()).collect(),
            sessions: self.sessions.borrow().clone(),
            allowed: allowlist.networks(&answers),
        }
    }

    /// Waits for changes, and lets go at once of what has become protected; ends when something can no longer be
    /// followed.
    pub(super) async fn run(&self, core: &Core) {
        let (mut links, mut resolvers) = (self.links.clone(), self.resolvers.clone());
        let (mut sessions, mut answers) = (self.sessions.clone(), self.answers.clone());
        loop {
            let (what, changed) = tokio::select! {
                changed = links.changed() => ("addresses or routes", changed),
                changed = resolvers.changed() => ("resolvers", changed),
                changed = sessions.changed() => ("ssh sessions", changed),
                changed = answers.changed() => ("host names", changed),
            };
            if changed.is_err() {
                return;
            }
            match self.update(core, None).await.1 {
                Ok(()) => tracing::debug!("{what} changed"),
                Err(error) => tracing::error!("protecting what it takes since {what} changed: {error}"),
            }
        }
    }

    /// Allows something on the operator's behalf; what is blocked of it is let go before this returns. A name is looked
    /// up in the background, and takes effect when it is found.
    ///
    /// # Errors
    /// When it is not both in force and remembered; both are tried again.
    pub(super) async fn allow(
        &self,
        core: &Core,
        target: AllowTarget,
        comment: String,
    ) -> Result<Allowance, CommitError> {
        let _alone = self.commands.lock().await;
        let now = Timestamp::now();
        let entry = self.allowlist().add(&target, comment.clone(), now, &self.answers.borrow());
        let record = Record::Allowed { target, comment, since: entry.since.unwrap_or(now) };
        let (unblocked, committed) = self.update(core, Some(record)).await;
        committed.map(|()| Allowance { entry, unblocked })
    }

    /// Allows something no longer that the operator allowed; gives back the entry that it was.
    ///
    /// # Errors
    /// When there is no such entry, or it is not gone everywhere.
    pub(super) async fn disallow(
        &self,
        core: &Core,
        target: &AllowTarget,
    ) -> Result<AllowView, DisallowError> {
        let _alone = self.commands.lock().await;
        let entry = self.allowlist().remove(target, &self.answers.borrow())?;
        let (_, committed) = self.update(core, Some(Record::Disallowed(target.clone()))).await;
        Ok(committed.map(|()| entry)?)
    }

    /// The allowlist, the config file's entries first.
    pub(super) fn list(&self) -> Vec<AllowView> {
        self.allowlist().view(&self.answers.borrow()).collect()
    }

    /// Makes what is protected by now true everywhere: in the guard, in the blocks, in the kernel. Remembers `record`
    /// with it; gives back what was let go.
    async fn update(&self, core: &Core, record: Option<Record>) -> (Vec<IpNetwork>, Result<(), CommitError>) {
        self.want_names();
        let mut released = Vec::new();
        let mut passes = false;
        let decision = core.decide(|engine, now| {
            let before = engine.guard().passing();
            // Asked for only here, so that of two updates the later one knows all that the earlier one knew.
            let mut outcome = engine.protect(self.protected(), now);
            passes = engine.guard().passing() != before;
            outcome.records.extend(record);
            outcome.records.extend(self.names_to_remember(now));
            released = mem::take(&mut outcome.refused);
            outcome
        });
        let mut committed = decision.await.committed().map(drop);
        if passes {
            committed = committed.and(core.pass_protected().await);
        }
        announce(&released);
        (released.iter().map(|refused| refused.network).collect(), committed)
    }

    fn want_names(&self) {
        let names = names(&self.ledger, &self.allowlist());
        self.wanted.send_if_modified(|wanted| {
            let changed = *wanted != names;
            *wanted = names;
            changed
        });
    }

    fn names_to_remember(&self, now: Timestamp) -> Vec<Record> {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.follow(&self.answers.borrow(), now)
    }

    fn allowlist(&self) -> MutexGuard<'_, Allowlist> {
        // Nothing that holds it can leave it half changed.
        self.allowlist.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hosts of the ledger's endpoints.
fn endpoints(settings: &LedgerSettings) -> Vec<AllowTarget> {
    let endpoints = [&settings.rpc, &settings.websocket].into_iter().flatten();
    endpoints
        .filter_map(|endpoint| {
            let host = endpoint.host();
            host.parse()
                .inspect_err(|error| tracing::warn!("the ledger's endpoint is not protected: {error}"))
                .ok()
        })
        .collect()
}

fn names(ledger: &[AllowTarget], allowlist: &Allowlist) -> BTreeSet<HostName> {
    let ledger = ledger.iter().filter_map(|target| match target {
        AllowTarget::Name(name) => Some(name),
        AllowTarget::Network(_) => None,
    });
    ledger.chain(allowlist.names()).cloned().collect()
}

/// Says what was let go, and why.
fn announce(released: &[Refused]) {
    for Refused { network, rule } in released.iter().take(NAMED) {
        tracing::warn!(step = "released", %network, "released {network}: {rule}");
    }
    if released.len() > NAMED {
        let others = released.len() - NAMED;
        tracing::warn!(step = "released", others, "released {others} more that are protected by now");
    }
}

#[cfg(test)]
mod tests;
