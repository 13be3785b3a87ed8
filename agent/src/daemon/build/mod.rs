//! Settings -> the parts of a running agent. Whatever cannot work is found here, before the agent says it is ready.

mod core;
mod ledger;
mod serve;
mod sources;

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use jiff::Timestamp;
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    answer::Desk,
    archive::Archive,
    core::Core,
    outbox::Outbox,
    protect::Guardian,
    publisher::Publisher,
    report::{self, Reporter},
};
use crate::{
    config::Settings,
    control::Control,
    detect::Detection,
    identity::Identity,
    kernel,
    ledger::Ledger,
    serve::Server,
    sources::Batch,
    store::{
        LogStore,
        database::{self, Database},
    },
};

use ledger::Sharing;
pub use ledger::{connect, fetch_policy};
use sources::{Sources, Work};

/// Batches that wait for the detector; each holds at most about 320 KiB.
const BATCHES: usize = 8;

/// Everything that [`super::run`] starts.
pub(super) struct Parts {
    pub(super) core: Arc<Core>,
    pub(super) desk: Desk,
    pub(super) sources: Vec<Work>,
    /// The sender is kept: an agent without sources waits like any other.
    pub(super) batches: (mpsc::Sender<Batch>, mpsc::Receiver<Batch>),
    pub(super) reporter: Reporter,
    pub(super) reports: (mpsc::Sender<Detection>, mpsc::Receiver<Detection>),
    pub(super) server: Option<(Server, Vec<TcpListener>)>,
    pub(super) sharing: Option<Sharing>,
    pub(super) guardian: Arc<Guardian>,
    pub(super) archive: Archive,
    pub(super) control: Control,
}

/// Builds all parts, restores the blocks and writes them into the kernel.
pub(super) async fn build(settings: &Settings) -> anyhow::Result<Parts> {
    let started = Timestamp::now();
    let directory = &settings.store.directory;
    make(directory)?;
    let identity = Arc::new(Identity::open(&settings.identity.key_file)?);
    // Of two agents only one gets the database; the other must not come as far as the first one's socket.
    let database = Database::open(&database::path_in(directory))?;
    let control = bind_control(&settings.control.socket)?;
    let logs = Arc::new(LogStore::open(&directory.join("logs"), settings.store.capacity.0)?);

    let links = kernel::watch().await?;
    let guardian = Arc::new(Guardian::start(
        settings,
        database.allowlist().await?,
        database.names().await?,
        links.clone(),
    ));
    let core = Arc::new(core::core(settings, &guardian, database).await?);
    let me = identity.peer_key();
    let archive = Archive::new(Arc::clone(&logs), core.database().clone(), me);
    let ledger = ledger::ledger(&settings.ledger, &identity)?;
    let batches = mpsc::channel(BATCHES);
    let Sources { work, statuses } = sources::sources(settings, core.database(), &batches.0).await?;
    let server = serve::server(settings, &identity, Arc::clone(&logs), ledger.as_ref()).await?;

    let outbox = Outbox::default();
    let publisher = publisher(settings, ledger.as_ref(), core.database(), &outbox);
    let reporter = Reporter {
        core: Arc::clone(&core),
        archive: archive.clone(),
        publisher: publisher.clone().filter(|_| settings.share.publish),
    };
    let desk = Desk {
        core: Arc::clone(&core),
        guardian: Arc::clone(&guardian),
        scope_of_peers: settings.block.peers,
        archive: archive.clone(),
        ledger: ledger.clone().map(|ledger| (ledger, ledger::endpoint_name(&settings.ledger))),
        me,
        started,
        publishes: reporter.publisher.is_some(),
        publisher,
        listen: settings.serve.listen.clone(),
        sources: statuses,
    };
    match &ledger {
        Some(_) => tracing::info!(peer = %me, "sharing as peer {me}"),
        None => tracing::info!(peer = %me, "standalone: no ledger is configured, so nothing is shared"),
    }
    let sharing = ledger.map(|ledger| {
        Sharing::new(settings, &identity, links.clone(), (&core, &archive), (ledger, outbox), started)
    });
    let reports = mpsc::channel(report::WAITING);
    Ok(Parts {
        core,
        desk,
        sources: work,
        batches,
        reporter,
        reports,
        server,
        sharing,
        guardian,
        archive,
        control,
    })
}

fn bind_control(path: &Path) -> anyhow::Result<Control> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("making the folder {} for the control socket", folder.display()))?;
    }
    Ok(Control::bind(path)?)
}

fn make(directory: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("making the state directory {}", directory.display()))
}

/// What posts this agent's logs, where it takes part in a network and others know where to find it.
fn publisher(
    settings: &Settings,
    ledger: Option<&Arc<dyn Ledger>>,
    database: &Database,
    outbox: &Outbox,
) -> Option<Publisher> {
    let (Some(_), Some(public_url)) = (ledger, &settings.serve.public_url) else { return None };
    Some(Publisher { outbox: outbox.clone(), database: database.clone(), public_url: public_url.clone() })
}
