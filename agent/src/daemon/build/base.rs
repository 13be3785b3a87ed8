//! What every other part stands on: who this agent is, and what it remembers.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};

use anyhow::Context;
use tokio::sync::watch;

use super::{
    super::{
        archive::Archive, connect, lasting::Lasting, outbox::Outbox, protect::Guardian, purse::DailyPurse,
    },
    Occasion,
    ports::Ports,
};
use crate::{
    config::Settings,
    identity::Identity,
    kernel::{self, Links},
    ledger::Ledger,
    store::{
        LogStore,
        database::{self, Database},
    },
};

/// What the other parts share.
pub(super) struct Base {
    pub(super) identity: Arc<Identity>,
    /// This host's addresses and networks.
    pub(super) links: watch::Receiver<Links>,
    pub(super) guardian: Arc<Guardian>,
    pub(super) database: Database,
    pub(super) archive: Archive,
    /// None when the agent is standalone.
    pub(super) ledger: Option<Arc<dyn Ledger>>,
    /// What acts on the ledger are paid from.
    pub(super) purse: Arc<DailyPurse>,
    pub(super) outbox: Outbox,
}

impl Base {
    /// Opens what is on disk, and the ports as soon as it is certain that there is no other agent.
    pub(super) async fn open(
        settings: &Settings,
        lasting: &Lasting,
        occasion: Occasion,
    ) -> anyhow::Result<(Self, Ports)> {
        let directory = &settings.store.directory;
        make(directory)?;
        let identity = Arc::new(Identity::open(&settings.identity.key_file)?);
        // Of two agents only one gets the database; the other must not come as far as the first one's socket.
        let database = Database::open(&database::path_in(directory))?;
        lasting.expect(database.ended());
        // What can be refused comes before what cannot be undone: the store lets logs go that have no room by now.
        let ports = Ports::open(settings, lasting, occasion)?;
        let copies = settings.mirror.capacity.0.min(settings.store.capacity.0 / 2);
        let own = settings.store.capacity.0 - copies;
        let logs = Arc::new(LogStore::open_with_copies(&directory.join("logs"), own, copies)?);

        let links = kernel::watch().await?;
        let (allowlist, names) = (database.allowlist().await?, database.names().await?);
        let guardian = Arc::new(Guardian::start(settings, allowlist, names, links.clone()));
        let outbox = Outbox::new(database.clone());
        let archive = Archive::new(logs, outbox.clone(), identity.peer_key());
        let purse = DailyPurse::open(database.clone(), settings.ledger.daily_budget).await?;
        let purse = Arc::new(purse);
        let ledger = connect::ledger(&settings.ledger, &identity, purse.clone())?;
        Ok((Self { identity, links, guardian, database, archive, ledger, purse, outbox }, ports))
    }
}

/// Makes a folder for this agent's eyes only, where there is none.
pub(super) fn make(directory: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("making the state directory {}", directory.display()))
}
