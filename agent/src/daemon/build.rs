//! Settings -> the parts of a running agent. Whatever cannot work is found here, before the agent says it is ready.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, pin::Pin, sync::Arc};

use anyhow::Context;
use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

use super::{
    answer::Desk,
    core::Core,
    directory::{LedgerDirectory, NoPeers},
    engine::{Engine, Rules},
    outbox::Outbox,
    protect::Constant,
    report::{self, Reporter},
    sources::follow,
    verify::Verifier,
};
use crate::{
    blocks::BlockSet,
    config::{LedgerSettings, Settings},
    detect::{self, Detection, Detector},
    fetch::{FetchPolicy, Fetcher},
    guard::Guard,
    identity::Identity,
    kernel::{self, KernelError, Links},
    ledger::{Ledger, SolanaLedger, SolanaSettings},
    serve::{Certificates, LimitSettings, PeerDirectory, Server, ServerSettings},
    sources::{Batch, Intake},
    store::{
        LogStore,
        database::{self, Database},
    },
};

/// Batches that wait for the detector; each holds at most about 320 KiB.
const BATCHES: usize = 8;
/// Posts that wait to be dealt with.
const POSTS: usize = 256;

/// A source at work.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything that [`super::run`] starts.
pub(super) struct Parts {
    pub(super) core: Arc<Core>,
    pub(super) desk: Desk,
    pub(super) sources: Vec<Work>,
    /// Kept as long as anybody takes batches: an agent without sources waits like any other.
    pub(super) intake: Intake,
    pub(super) batches: mpsc::Receiver<Batch>,
    pub(super) reporter: Reporter,
    pub(super) reports: (mpsc::Sender<Detection>, mpsc::Receiver<Detection>),
    pub(super) server: Option<(Server, Vec<TcpListener>)>,
    pub(super) sharing: Option<Sharing>,
    pub(super) links: watch::Receiver<Links>,
    pub(super) constant: Arc<Constant>,
}

/// The agent's life with its peers; a standalone agent has none.
pub(super) struct Sharing {
    ledger: Arc<dyn Ledger>,
    verifier: Verifier,
    outbox: Outbox,
    since: Timestamp,
}

impl Sharing {
    /// Follows posts and sends what is queued, for ever.
    pub(super) async fn run(self) {
        let (posts, incoming) = mpsc::channel(POSTS);
        let (database, me) = (self.verifier.core.database().clone(), self.verifier.me);
        tokio::join!(
            self.ledger.follow(Some(self.since), posts),
            self.verifier.run(incoming),
            self.outbox.run(Arc::clone(&self.ledger), database, me),
        );
    }
}

/// Builds all parts, restores the blocks and writes them into the kernel.
pub(super) async fn build(settings: &Settings) -> anyhow::Result<Parts> {
    let started = Timestamp::now();
    let directory = &settings.store.directory;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("making the state directory {}", directory.display()))?;
    let identity = Arc::new(Identity::open(&settings.identity.key_file)?);
    let database = Database::open(&database::path_in(directory))?;
    let logs = Arc::new(LogStore::open(&directory.join("logs"), settings.store.capacity.0)?);

    let links = kernel::watch().await?;
    let constant = Arc::new(Constant::from_settings(settings).await);
    let core = Arc::new(core(settings, &constant, &links, database).await?);
    let ledger = ledger(&settings.ledger, &identity)?;
    let outbox = Outbox::default();
    let publish = match (&ledger, settings.share.publish, &settings.serve.public_url) {
        (Some(_), true, Some(url)) => Some((outbox.clone(), url.0.clone())),
        _ => None,
    };

    let (intake, batches) = Intake::new(BATCHES);
    let sources = follow(&settings.sources, core.database(), &intake).await;
    let peers: Arc<dyn PeerDirectory> = match &ledger {
        Some(ledger) => Arc::new(LedgerDirectory::new(Arc::clone(ledger))),
        None => Arc::new(NoPeers),
    };
    let server = server(settings, &identity, Arc::clone(&logs), peers).await?;
    let me = identity.peer_key();
    let desk = Desk {
        core: Arc::clone(&core),
        logs: Arc::clone(&logs),
        ledger: ledger.clone().map(|ledger| (ledger, endpoint_name(&settings.ledger))),
        me,
        started,
        publishes: publish.is_some(),
        listen: settings.serve.listen.clone(),
        sources: intake.clone(),
    };
    let since = started.saturating_sub(settings.trust.max_age.0).unwrap_or(Timestamp::MIN);
    let sharing = ledger.map(|ledger| {
        let fetcher = Arc::new(fetcher(settings, &identity, links.clone()));
        let verifier = Verifier {
            core: Arc::clone(&core),
            logs: Arc::clone(&logs),
            ledger: Arc::clone(&ledger),
            fetcher,
            outbox: outbox.clone(),
            me,
        };
        Sharing { ledger, verifier, outbox, since }
    });
    match &sharing {
        Some(_) => tracing::info!(peer = %me, "sharing as peer {me}"),
        None => tracing::info!(peer = %me, "standalone: no ledger is configured, so nothing is shared"),
    }
    let reporter = Reporter { core: Arc::clone(&core), logs, publish };
    let reports = mpsc::channel(report::WAITING);
    Ok(Parts { core, desk, sources, intake, batches, reporter, reports, server, sharing, links, constant })
}

async fn core(
    settings: &Settings,
    constant: &Constant,
    links: &watch::Receiver<Links>,
    database: Database,
) -> anyhow::Result<Core> {
    let rules = Rules {
        block_for: settings.block.duration.0,
        ipv6_prefix: settings.block.ipv6_prefix,
        policy: settings.trust.policy(),
    };
    let detector = Detector::new(detect::Settings {
        threshold: settings.detect.threshold,
        window: settings.detect.window.0,
        max_tracked: settings.detect.max_tracked,
        ipv6_prefix: settings.block.ipv6_prefix,
    });
    let guard = Guard::new(constant.with(&links.borrow()));
    let mut engine = Engine::new(rules, guard, detector, BlockSet::new(settings.block.peers));
    for (network, reason) in database.reasons(Timestamp::now()).await? {
        if let Err(refused) = engine.restore(network, reason) {
            tracing::warn!(step = "refused", network = %refused.network, "not restoring a block: {refused}");
        }
    }
    let firewall = if settings.block.observe {
        tracing::info!("observing: everything is decided and shown, nothing is blocked");
        None
    } else {
        Some(kernel::spawn(kernel::CAPACITY, &engine.guard().protected().allowed)?)
    };
    let restored = engine.blocks().len();
    let core = Core::new(engine, firewall, database);
    match core.rebuild().await {
        // What fits is in force; the rest must not keep the agent from protecting anything at all.
        Err(error @ KernelError::Elements(_)) => {
            tracing::error!("the kernel does not take all blocks: {error}")
        }
        other => other.context("writing the blocks into the kernel")?,
    }
    tracing::info!(step = "restored", blocks = restored, "restored {restored} blocks");
    Ok(core)
}

fn ledger(section: &LedgerSettings, identity: &Identity) -> anyhow::Result<Option<Arc<dyn Ledger>>> {
    Ok(match connect(section, identity)? {
        Some(ledger) => Some(Arc::new(ledger)),
        None => None,
    })
}

/// The ledger of the config, on behalf of `identity`; none when the agent is standalone.
pub fn connect(section: &LedgerSettings, identity: &Identity) -> anyhow::Result<Option<SolanaLedger>> {
    let (Some(rpc), Some(program)) = (&section.rpc, section.program) else { return Ok(None) };
    let websocket = section.websocket.as_ref().map(|url| url.0.as_str());
    let settings = SolanaSettings::new(rpc.0.as_str(), websocket, program, section.commitment)?;
    Ok(Some(SolanaLedger::new(settings, identity)?))
}

/// The endpoint without what may be secret in its path or query.
fn endpoint_name(section: &LedgerSettings) -> String {
    section.rpc.as_ref().map(|url| url.0.origin().ascii_serialization()).unwrap_or_default()
}

fn fetcher(settings: &Settings, identity: &Arc<Identity>, links: watch::Receiver<Links>) -> Fetcher {
    let policy = FetchPolicy {
        allow_http: settings.fetch.allow_http,
        allow_internal: settings.fetch.allow_internal.clone(),
        is_own_network: Arc::new(move |address| {
            let links = links.borrow();
            links.addresses.contains(&address)
                || links.on_link.iter().any(|network: &IpNetwork| network.contains(address))
        }),
        ..FetchPolicy::default()
    };
    Fetcher::new(Arc::clone(identity), policy)
}

async fn server(
    settings: &Settings,
    identity: &Identity,
    logs: Arc<LogStore>,
    peers: Arc<dyn PeerDirectory>,
) -> anyhow::Result<Option<(Server, Vec<TcpListener>)>> {
    let section = &settings.serve;
    if section.listen.is_empty() {
        return Ok(None);
    }
    let public = section.public_url.as_ref().map(|url| &url.0);
    let certificates = Arc::new(match (&section.certificate, &section.private_key) {
        (Some(chain), Some(key)) => Certificates::from_files(chain, key)?,
        _ => {
            let host = public.and_then(|url| url.host_str()).unwrap_or("localhost");
            Certificates::self_signed(identity, host.trim_start_matches('[').trim_end_matches(']'))?
        }
    });
    let limits = LimitSettings {
        requests_per_minute: section.requests_per_minute,
        bytes_per_day: section.bytes_per_day.0,
        ..LimitSettings::default()
    };
    let urls = public.map(|url| url.as_str().trim_end_matches('/').to_owned()).into_iter().collect();
    let server_settings = ServerSettings { limits, ..ServerSettings::new(urls) };
    let mut listeners = Vec::new();
    for address in &section.listen {
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        listeners.push(listener);
    }
    Ok(Some((Server::new(server_settings, logs, peers, certificates)?, listeners)))
}
