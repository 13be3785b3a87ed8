//! Settings -> the parts of a running agent. Whatever cannot work is found here, before the agent says it is ready.

mod base;
mod core;
mod discover;
mod engine;
mod restore;
mod serve;
mod sharing;
mod sources;

use std::sync::Arc;

use sentinel_parsers::Grammars;
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    answer::{CONFIRMATION, Desk},
    archive::Archive,
    core::Core,
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
    serve::Server,
    sources::{Batch, Intake},
};

use base::Base;
pub use discover::discover;
pub(super) use engine::{engine, grammars};
pub use restore::restore;
use sharing::Sharing;
pub(super) use sources::Work;

/// Batches that wait for the detector; each holds at most about 320 KiB.
const BATCHES: usize = 8;

/// Everything that [`super::run`] starts.
pub(super) struct Parts {
    pub(super) core: Arc<Core>,
    pub(super) grammars: &'static Grammars,
    pub(super) desk: Desk,
    pub(super) sources: Vec<Work>,
    /// Kept as long as anybody takes batches: an agent without sources waits like any other.
    pub(super) intake: Intake,
    pub(super) batches: mpsc::Receiver<Batch>,
    pub(super) reporter: Reporter,
    pub(super) reports: (mpsc::Sender<Detection>, mpsc::Receiver<Detection>),
    pub(super) server: Option<(Server, Vec<TcpListener>)>,
    pub(super) sharing: Option<Sharing>,
    pub(super) reach: Reach,
    pub(super) guardian: Arc<Guardian>,
    pub(super) archive: Archive,
    pub(super) control: Control,
}

/// Builds all parts, restores the blocks and writes them into the kernel.
pub(super) async fn build(settings: &Settings) -> anyhow::Result<Parts> {
    let grammars = grammars(settings)?;
    let (base, control) = Base::open(settings).await?;
    let (intake, batches) = Intake::new(BATCHES);
    let sources = sources::follow(&settings.sources, base.core.database(), &intake).await;
    let me = base.identity.peer_key();
    let mut reach = Reach::new(settings, base.links.clone(), base.ledger.clone(), me);
    let public_url = reach.public_url();
    let server = serve::server(settings, &base, public_url.get().as_ref()).await?;
    if let Some((server, _)) = &server {
        reach.serving(server.public_urls());
    }
    let board = ReachBoard::of(&reach, server.as_ref().map(|(server, _)| server.visits()));
    let publisher = sharing::publisher(settings, &base, public_url.clone());
    let privacy = Privacy::new(settings, base.links.clone(), reach.memory());
    let reporter = reporter(settings, &base, privacy.clone(), publisher.clone());
    let viewer = Viewer { privacy, posting: base.ledger.clone().zip(Some(public_url.clone())) };
    let desk = desk(settings, &base, (viewer, publisher), board, intake.clone());
    let sharing = Sharing::new(settings, &base, public_url);
    let Base { core, guardian, archive, .. } = base;
    Ok(Parts {
        core,
        grammars,
        desk,
        sources,
        intake,
        batches,
        reporter,
        reports: mpsc::channel(report::WAITING),
        server,
        sharing,
        reach,
        guardian,
        archive,
        control,
    })
}

fn reporter(settings: &Settings, base: &Base, privacy: Privacy, publisher: Option<Publisher>) -> Reporter {
    Reporter {
        core: Arc::clone(&base.core),
        privacy,
        archive: base.archive.clone(),
        publisher: publisher.filter(|_| settings.share.publish),
    }
}

fn desk(
    settings: &Settings,
    base: &Base,
    (viewer, publisher): (Viewer, Option<Publisher>),
    reach: ReachBoard,
    sources: Intake,
) -> Desk {
    Desk {
        core: Arc::clone(&base.core),
        guardian: Arc::clone(&base.guardian),
        scope_of_peers: settings.block.peers,
        archive: base.archive.clone(),
        outbox: base.outbox.clone(),
        ledger: base.ledger.clone(),
        purse: Arc::clone(&base.purse),
        configured: settings.trust.trusted.iter().chain(&settings.trust.banned).copied().collect(),
        me: base.identity.peer_key(),
        started: base.started,
        viewer,
        publishes: settings.share.publish && publisher.is_some(),
        publisher,
        confirmation: CONFIRMATION,
        listen: settings.serve.listen.clone(),
        reach,
        sources,
    }
}
