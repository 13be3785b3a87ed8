//! A running server on loopback, for tests of the server and of the client.
use std::{
    collections::HashSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{Certificates, DirectoryUnavailable, PeerDirectory, Server, ServerSettings};
use crate::{
    domain::{MaliciousLog, PeerKey},
    store::{LogStore, database::Database},
};

/// The ledger's peers, or a ledger that cannot be asked.
pub(crate) enum Directory {
    /// All of them are remembered, and nobody else is one.
    Active(HashSet<PeerKey>),
    /// Nothing is remembered; counts the questions.
    Forgetful(HashSet<PeerKey>, Arc<AtomicUsize>),
    Unreachable,
}

#[async_trait]
impl PeerDirectory for Directory {
    fn remembered(&self, key: &PeerKey) -> Option<bool> {
        if let Self::Active(peers) = self { Some(peers.contains(key)) } else { None }
    }

    async fn is_active(&self, key: &PeerKey) -> Result<bool, DirectoryUnavailable> {
        match self {
            Self::Active(peers) => Ok(peers.contains(key)),
            Self::Forgetful(peers, questions) => {
                questions.fetch_add(1, Ordering::Relaxed);
                Ok(peers.contains(key))
            }
            Self::Unreachable => Err(DirectoryUnavailable { key: *key, source: "no route".into() }),
        }
    }
}

/// A certificate authority of the test's own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) roots: Arc<RootCertStore>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test authority");
        let key = KeyPair::generate().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(params.self_signed(&key).unwrap().der().clone()).unwrap();
        Self { issuer: Issuer::new(params, key), roots: Arc::new(roots) }
    }

    /// Writes a certificate for `host` and its key to two PEM files.
    pub(crate) fn issue(&self, host: &str, folder: &Path) -> (PathBuf, PathBuf) {
        self.issue_over(&KeyPair::generate().unwrap(), host, [1975, 4096], folder)
    }

    /// The same of this key, with the years in which the certificate is valid.
    fn issue_over(
        &self,
        key: &KeyPair,
        host: &str,
        [from, to]: [i32; 2],
        folder: &Path,
    ) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        let (chain_file, key_file) = (folder.join("chain.pem"), folder.join("key.pem"));
        std::fs::write(&chain_file, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        (chain_file, key_file)
    }

    pub(crate) fn certificates(&self, host: &str) -> Certificates {
        self.certificates_for(host, [1975, 4096])
    }

    /// The same, valid from the beginning of one year to that of another.
    pub(crate) fn certificates_for(&self, host: &str, years: [i32; 2]) -> Certificates {
        self.certificates_over(&KeyPair::generate().unwrap(), host, years)
    }

    /// The same of this key.
    pub(crate) fn certificates_over(&self, key: &KeyPair, host: &str, years: [i32; 2]) -> Certificates {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = self.issue_over(key, host, years, folder.path());
        Certificates::from_files(&chain, &key).unwrap()
    }
}

/// The real server, on a free port of 127.0.0.1. It stops when this is dropped.
pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    pub(crate) store: Arc<LogStore>,
    pub(crate) settings: ServerSettings,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    _folder: TempDir,
}

impl RunningServer {
    pub(crate) async fn start(directory: Directory, certificates: Arc<Certificates>) -> Self {
        Self::start_with(directory, certificates, |_| ()).await
    }

    pub(crate) async fn start_with(
        directory: Directory,
        certificates: Arc<Certificates>,
        change: impl FnOnce(&mut ServerSettings),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut settings = ServerSettings::new(vec![format!("https://{}", listener.local_addr().unwrap())]);
        change(&mut settings);
        Self::start_on(listener, settings, directory, certificates, None).await
    }

    /// Starts it with these very settings; what peers take is remembered in the database, if there is one.
    pub(crate) async fn start_on(
        listener: TcpListener,
        settings: ServerSettings,
        directory: Directory,
        certificates: Arc<Certificates>,
        database: Option<&Database>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(LogStore::open(folder.path(), 100 * 1024 * 1024).unwrap());
        let address = listener.local_addr().unwrap();
        let url = format!("https://{address}");
        let directory = Arc::new(directory);
        let mut server = Server::new(settings.clone(), Arc::clone(&store), directory, certificates).unwrap();
        if let Some(database) = database {
            server = server.remembering_in(database.clone()).await.unwrap();
        }
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(vec![listener], async {
            let _ = stopped.await;
        }));
        Self { address, url, store, settings, stop: Some(stop), task, _folder: folder }
    }

    /// Stores a log and returns the URL under which it is served.
    pub(crate) fn put(&self, log: &MaliciousLog) -> String {
        format!("{}/logs/{}", self.url, self.store.put(log).unwrap().id)
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&mut self) {
        let _ = self.stop.take();
    }

    /// Ends it as a crash would.
    pub(crate) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until the server has stopped.
    pub(crate) async fn stopped(self) {
        self.task.await.unwrap();
    }
}

pub(crate) fn log(text: &str) -> MaliciousLog {
    MaliciousLog::new(text.as_bytes().to_vec()).unwrap()
}
