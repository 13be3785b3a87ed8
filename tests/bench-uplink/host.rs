//! A peer: a network namespace with the agent's server, store and client in it.

use std::{future::pending, net::Ipv4Addr, sync::Arc};

use anyhow::Context;
use jiff::Timestamp;
use sentinel_agent::{
    domain::{FileHash, Karma, LogUrl, MaliciousLog, Peer, Post, PostId},
    evidence,
    fetch::{FetchPolicy, Fetcher, Wanted},
    identity::Identity,
    serve::{Certificates, Server, ServerSettings},
    store::LogStore,
};
use sentinel_tests::{bench::peers::KnownPeers, lab::Namespace};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};

use crate::network::View;

/// The network of all hosts (RFC 2544).
const NETWORK: &str = "198.18.0.0/15";
/// Where the hosts' disks are: in memory, since one real disk cannot stand for fifty.
const DISKS: &str = "/dev/shm";
const PORT: u16 = 9000;
const CAPACITY: u64 = 100 << 20;
/// A home's uplink: what waits in it is a tenth of a second's worth.
const UPLINK: &str = "qdisc add dev eth0 root tbf rate 10mbit burst 32k latency 100ms";

/// A host.
pub(crate) struct Host {
    pub(crate) identity: Arc<Identity>,
    pub(crate) namespace: Namespace,
    endpoint: String,
    store: Arc<LogStore>,
    _folder: TempDir,
}

impl Host {
    /// Connects a host with this number to the router.
    pub(crate) fn connect(internet: &Namespace, number: u8) -> anyhow::Result<Self> {
        let [gateway, own] = [1, 2].map(|last| Ipv4Addr::new(198, 18, number, last));
        let namespace = Namespace::new()?;
        internet.connect(&namespace, &[&format!("{gateway}/30")], &[&format!("{own}/30")])?;
        namespace.ip(&format!("route add default via {gateway}"))?;
        let folder = tempfile::Builder::new().prefix("sentinel-bench-").tempdir_in(DISKS)?;
        let store = Arc::new(LogStore::open(folder.path(), CAPACITY)?);
        let identity = Arc::new(Identity::generate()?);
        Ok(Self { identity, namespace, endpoint: format!("https://{own}:{PORT}"), store, _folder: folder })
    }

    /// Puts it behind an uplink of 10 Mbit/s.
    pub(crate) async fn limit_uplink(&self) -> anyhow::Result<()> {
        let mut command = Command::new("tc");
        command.args(UPLINK.split(' '));
        self.namespace.output(command).await.map(drop)
    }

    /// What the ledger says of it.
    pub(crate) fn peer(&self) -> Peer {
        let (key, endpoint) = (self.identity.peer_key(), self.endpoint.clone());
        Peer { key, active: true, karma: Karma(100), endpoint, joined: Timestamp::UNIX_EPOCH }
    }

    /// Stores a log and posts it.
    pub(crate) fn post(&self, log: &MaliciousLog) -> anyhow::Result<Post> {
        let id = self.store.put(log)?.id;
        Ok(Post {
            id: PostId([1; 32]),
            owner: self.identity.peer_key(),
            log_url: LogUrl::of_log(&self.endpoint, id)?.to_string(),
            file_hash: log.hash(),
            timestamp: Timestamp::UNIX_EPOCH,
            likes: 0,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: Vec::new(),
        })
    }

    /// Serves its logs to these peers until it is dropped.
    pub(crate) async fn serve(&self, peers: KnownPeers) -> anyhow::Result<()> {
        let certificates = Certificates::self_signed(&self.identity, &self.address()?.to_string())?;
        let settings = ServerSettings::new(vec![self.endpoint.clone()]);
        let server = Server::new(settings, Arc::clone(&self.store), Arc::new(peers), Arc::new(certificates))?;
        let serving = async move {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
            tokio::spawn(server.run(vec![listener], pending()));
            std::io::Result::Ok(())
        };
        Ok(self.namespace.run(serving).await??)
    }

    /// Fetches the post's log as the daemon does, verifies and keeps it.
    pub(crate) async fn obtain(&self, view: Arc<View>) -> anyhow::Result<()> {
        let policy = FetchPolicy { allow_internal: vec![NETWORK.parse()?], ..FetchPolicy::default() };
        let fetcher = Fetcher::new(Arc::clone(&self.identity), policy);
        let store = Arc::clone(&self.store);
        let obtaining = async move {
            let wanted = Wanted::of_post(&view.network.post, view.network.reporter());
            let fetched = fetcher.fetch_with(&wanted, &*view, Timestamp::now()).await?;
            let keep = move || verify_and_keep(fetched.log, wanted.file_hash, &store);
            tokio::task::spawn_blocking(keep).await?
        };
        self.namespace.run(obtaining).await?
    }

    /// Bytes that it sent over its link so far.
    pub(crate) async fn sent(&self) -> anyhow::Result<u64> {
        let mut command = Command::new("ip");
        command.args(["-statistics", "-json", "link", "show", "eth0"]);
        let shown: Value = serde_json::from_str(&self.namespace.output(command).await?)?;
        shown[0]["stats64"]["tx"]["bytes"].as_u64().context("ip counts no bytes")
    }

    fn address(&self) -> anyhow::Result<Ipv4Addr> {
        let host = self.endpoint.trim_start_matches("https://").split(':').next();
        Ok(host.context("an endpoint without a host")?.parse()?)
    }
}

fn verify_and_keep(log: MaliciousLog, posted: FileHash, store: &LogStore) -> anyhow::Result<()> {
    let verified = evidence::verify(log, posted)?;
    store.put(verified.get()).map(drop).map_err(Into::into)
}
