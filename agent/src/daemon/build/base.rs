//! What every other part stands on: who this agent is, what it remembers, and what is in force.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};

use anyhow::Context;
use tokio::sync::watch;

use super::{
    super::{
        archive::Archive, connect, core::Core, lasting::Lasting, outbox::Outbox, protect::Guardian,
        purse::DailyPurse,
    },
    core,
};
use crate::{
    config::Settings,
    control::Control,
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
    pub(super) core: Arc<Core>,
    pub(super) archive: Archive,
    /// None when the agent is standalone.
    pub(super) ledger: Option<Arc<dyn Ledger>>,
    /// What acts on the ledger are paid from.
    pub(super) purse: Arc<DailyPurse>,
    pub(super) outbox: Outbox,
}

impl Base {
    /// Opens what is on disk, restores the blocks, and writes them into the kernel.
    pub(super) async fn open(settings: &Settings, lasting: &Lasting) -> anyhow::Result<(Self, Control)> {
        let directory = &settings.store.directory;
        make(directory)?;
        let identity = Arc::new(Identity::open(&settings.identity.key_file)?);
        // Of two agents only one gets the database; the other must not come as far as the first one's socket.
        let database = Database::open(&database::path_in(directory))?;
        lasting.expect(database.ended());
        let control = lasting.control(&settings.control.socket)?;
        let copies = settings.mirror.capacity.0.min(settings.store.capacity.0 / 2);
        let own = settings.store.capacity.0 - copies;
        let logs = Arc::new(LogStore::open_with_copies(&directory.join("logs"), own, copies)?);

        let links = kernel::watch().await?;
        let (allowlist, names) = (database.allowlist().await?, database.names().await?);
        let guardian = Arc::new(Guardian::start(settings, allowlist, names, links.clone()));
        let core = core::core(settings, &guardian, database, identity.peer_key()).await?;
        let core = Arc::new(core.measured_in(lasting.metrics.clone()));
        lasting.expect(core.table_left());
        let outbox = Outbox::new(core.database().clone());
        let archive = Archive::new(logs, outbox.clone(), identity.peer_key());
        let purse = DailyPurse::open(core.database().clone(), settings.ledger.daily_budget).await?;
        let purse = Arc::new(purse);
        let ledger = connect::ledger(&settings.ledger, &identity, purse.clone())?;
        Ok((Self { identity, links, guardian, core, archive, ledger, purse, outbox }, control))
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
