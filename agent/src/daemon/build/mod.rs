//! Settings -> the parts of a running agent. Whatever cannot work is found here, before the agent says it is ready.

mod base;
mod core;
mod discover;
mod engine;
mod ports;
mod restore;
mod serve;
mod sharing;
mod sources;

use std::{net::SocketAddr, sync::Arc};

use sentinel_parsers::Grammars;
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    answer::{CONFIRMATION, Desk},
    archive::Archive,
    core::Core,
    facts::FactBook,
    lasting::Lasting,
    metrics_port::MetricsPort,
    preview::Viewer,
    privacy::Privacy,
    protect::Guardian,
    publisher::Publisher,
    reach::{Reach, ReachBoard},
    report::{self, Reporter},
};
use crate::{
    config::Settings,
    control::Control,
    detect::Detection,
    identity::Identity,
    serve::Server,
    sources::{Batch, Intake},
};

use base::Base;
pub use discover::discover;
pub(super) use engine::{engine, own_grammars};
pub(super) use ports::Occasion;
use ports::Ports;
pub use restore::restore;
use sharing::Sharing;
pub(super) use sources::Work;

/// Batches that wait for the detector; each holds at most about 320 KiB.
const BATCHES: usize = 8;

/// Everything that [`super::run`] starts.
pub(super) struct Parts {
    pub(super) core: Arc<Core>,
    pub(super) desk: Desk,
    pub(super) reading: Reading,
    pub(super) reporter: Reporter,
    pub(super) reports: (mpsc::Sender<Detection>, mpsc::Receiver<Detection>),
    pub(super) server: Option<(Server, Vec<TcpListener>)>,
    pub(super) sharing: Option<Sharing>,
    pub(super) reach: Reach,
    pub(super) guardian: Arc<Guardian>,
    pub(super) archive: Archive,
    pub(super) control: Control,
    /// Where it is told what is measured, if anywhere.
    pub(super) metrics: Option<MetricsPort>,
}

/// What is read, and how.
pub(super) struct Reading {
    /// Those shipped, when there are no others.
    pub(super) grammars: Option<Grammars>,
    pub(super) sources: Vec<Work>,
    /// Kept as long as anybody takes batches: an agent without sources waits like any other.
    pub(super) intake: Intake,
    pub(super) batches: mpsc::Receiver<Batch>,
}

impl Reading {
    async fn begin(settings: &Settings, base: &Base, lasting: &Lasting) -> anyhow::Result<Self> {
        let grammars = own_grammars(settings)?;
        let (intake, batches) = Intake::new(BATCHES);
        let sources = sources::follow(&settings.sources, &base.database, &lasting.sockets, &intake).await;
        Ok(Self { grammars, sources, intake, batches })
    }
}

/// Looks whether the files that the settings name can be used, without touching anything: rules, the identity's key, the
/// certificate.
///
/// # Errors
/// When one cannot.
pub fn foresee(settings: &Settings) -> anyhow::Result<()> {
    own_grammars(settings)?;
    Identity::find(&settings.identity.key_file)?;
    serve::foresee(&settings.serve)?;
    Ok(())
}

/// Builds all parts, restores the blocks and writes them into the kernel. What can fail comes first, so that a
/// configuration that is refused changes nothing.
pub(super) async fn build(
    settings: &Settings,
    lasting: &Lasting,
    occasion: Occasion,
) -> anyhow::Result<Parts> {
    let (base, ports) = Base::open(settings, lasting, occasion).await?;
    let Ports { control, serve, metrics } = ports;
    let reading = Reading::begin(settings, &base, lasting).await?;
    let mut reach = Reach::new(settings, base.links.clone(), base.ledger.clone(), base.identity.peer_key());
    let public_url = reach.public_url();
    let server = serve::server(&settings.serve, &base, serve, &lasting.metrics, &public_url).await?;
    if let Some((server, _)) = &server {
        reach.serving(server.public_urls());
    }
    let board = ReachBoard::of(&reach, server.as_ref().map(|(server, _)| server.visits()));
    let core = core::core(settings, &base, lasting).await?;
    let publisher = sharing::publisher(settings, &base, public_url.clone());
    let privacy = Privacy::new(settings, base.links.clone(), reach.memory());
    let reporter = reporter(settings, &base, &core, privacy.clone(), publisher.clone());
    let viewer = Viewer { privacy, posting: base.ledger.clone().zip(Some(public_url.clone())) };
    let reports = mpsc::channel(report::WAITING);
    let (sources, waiting) = (reading.intake.clone(), reports.0.downgrade());
    let listen = addresses(server.as_ref().map_or(&[], |(_, listeners)| listeners));
    let shown = Shown { viewer, publisher, listen, reach: board, sources, reports: waiting };
    let desk = desk(settings, &base, &core, lasting, shown);
    let sharing = Sharing::new(settings, &base, &core, public_url);
    Ok(Parts {
        core,
        desk,
        reading,
        reporter,
        reports,
        server,
        sharing,
        reach,
        guardian: base.guardian,
        archive: base.archive,
        control,
        metrics,
    })
}

fn reporter(
    settings: &Settings,
    base: &Base,
    core: &Arc<Core>,
    privacy: Privacy,
    publisher: Option<Publisher>,
) -> Reporter {
    Reporter {
        core: Arc::clone(core),
        privacy,
        archive: base.archive.clone(),
        publisher: publisher.filter(|_| settings.share.publish),
    }
}

/// Where these listen.
fn addresses(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
}

/// What the desk shows of parts that are not everybody's.
struct Shown {
    viewer: Viewer,
    publisher: Option<Publisher>,
    listen: Vec<SocketAddr>,
    reach: ReachBoard,
    sources: Intake,
    reports: mpsc::WeakSender<Detection>,
}

fn desk(settings: &Settings, base: &Base, core: &Arc<Core>, lasting: &Lasting, shown: Shown) -> Desk {
    let Shown { viewer, publisher, listen, reach, sources, reports } = shown;
    let (database, me) = (&base.database, base.identity.peer_key());
    Desk {
        core: Arc::clone(core),
        guardian: Arc::clone(&base.guardian),
        scope_of_peers: settings.block.peers,
        archive: base.archive.clone(),
        outbox: base.outbox.clone(),
        ledger: base.ledger.clone(),
        purse: Arc::clone(&base.purse),
        configured: settings.trust.trusted.iter().chain(&settings.trust.banned).copied().collect(),
        me,
        started: lasting.started,
        reloaded: lasting.reloaded.subscribe(),
        reload: Arc::clone(&lasting.reload),
        viewer,
        publishes: settings.share.publish && publisher.is_some(),
        publisher,
        confirmation: CONFIRMATION,
        listen,
        reach,
        sources,
        reports,
        facts: base.ledger.clone().map(|ledger| FactBook::new(ledger, database.clone(), me)),
        warnings: lasting.warnings.clone(),
    }
}
