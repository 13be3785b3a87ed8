//! What all contenders serve: certificate, peers and logs, in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::Context;
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use sentinel_agent::{
    domain::{LogId, MaliciousLog, SignedRequest},
    identity::Identity,
    store::LogStore,
};
use tempfile::TempDir;

/// Peers that ask.
const PEERS: usize = 64;
/// Logs of each size.
const LOGS: usize = 16;
/// Timestamps that requests are spread over (seconds), since a peer can ask for a log only once a second.
const TIMESTAMPS: i64 = 560;
/// Bytes of each size of log.
pub(crate) const SIZES: [usize; 3] = [10 * 1024, 1024 * 1024, 10 * 1024 * 1024];

/// The folder and what is in it.
pub(crate) struct Bed {
    folder: TempDir,
    pub(crate) roots: Arc<RootCertStore>,
    peers: Vec<Identity>,
    logs: [Vec<LogId>; SIZES.len()],
    asked: AtomicI64,
}

impl Bed {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("sentinel-bench-").tempdir()?;
        certificate(folder.path()).context("making a certificate")?;
        let roots = roots_in(folder.path())?;
        let peers: Vec<_> = (0..PEERS).map(|_| Identity::generate()).collect::<Result<_, _>>()?;
        let keys: String = peers.iter().map(|peer| format!("{}\n", peer.peer_key())).collect();
        fs::write(folder.path().join("peers"), keys)?;
        let mut logs: [Vec<LogId>; SIZES.len()] = Default::default();
        fs::create_dir_all(folder.path().join("www"))?;
        let store = LogStore::open(&logs_in(folder.path()), 1 << 30)?;
        for (size, ids) in SIZES.into_iter().zip(&mut logs) {
            for number in 0..LOGS {
                let log = log(size, number)?;
                let id = store.put(&log)?.id;
                fs::write(folder.path().join("www").join(id.to_string()), log.bytes())?;
                ids.push(id);
            }
        }
        Ok(Self { folder, roots, peers, logs, asked: AtomicI64::new(0) })
    }

    pub(crate) fn directory(&self) -> &Path {
        self.folder.path()
    }

    /// The next request for a log of this size: signed, and never the same twice.
    pub(crate) fn next(&self, port: u16, size: usize, keep_alive: bool) -> anyhow::Result<Vec<u8>> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let logs = SIZES.iter().position(|known| *known == size).and_then(|at| self.logs.get(at));
        let logs = logs.context("there are no logs of this size")?;
        let count = i64::try_from(PEERS * LOGS)?;
        let which = usize::try_from(number % count)?;
        let (peer, log) = (&self.peers[which % PEERS], logs[which / PEERS % LOGS]);
        let timestamp = Timestamp::now().as_second() - TIMESTAMPS / 2 + number / count % TIMESTAMPS;
        let path = format!("/logs/{log}");
        let request = peer.sign_request(&format!("{}{path}", url(port)), timestamp);
        Ok(head(&path, &request, keep_alive))
    }
}

/// A request as it goes over the wire.
pub(crate) fn head(path: &str, request: &SignedRequest, keep_alive: bool) -> Vec<u8> {
    let connection = if keep_alive { "keep-alive" } else { "close" };
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: {connection}\r\n{}: {}\r\n{}: {}\r\n{}: {}\r\n\r\n",
        SignedRequest::KEY_HEADER,
        request.key,
        SignedRequest::TIMESTAMP_HEADER,
        request.timestamp,
        SignedRequest::SIGNATURE_HEADER,
        bs58::encode(request.signature).into_string(),
    )
    .into_bytes()
}

/// The URL that requests to a port are signed for.
pub(crate) fn url(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

/// Where the certificate and its key are.
pub(crate) fn certificate_in(directory: &Path) -> (PathBuf, PathBuf) {
    (directory.join("chain.pem"), directory.join("key.pem"))
}

/// Where the agent's store is.
pub(crate) fn logs_in(directory: &Path) -> PathBuf {
    directory.join("logs")
}

/// What trusts the certificate.
pub(crate) fn roots_in(directory: &Path) -> anyhow::Result<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(directory.join("authority.pem"))?)?;
    Ok(Arc::new(roots))
}

/// Writes a certificate, and that of its authority.
fn certificate(directory: &Path) -> anyhow::Result<()> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = KeyPair::generate()?;
    fs::write(directory.join("authority.pem"), params.self_signed(&authority)?.pem())?;
    let issuer = Issuer::new(params, authority);
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    let (chain_file, key_file) = certificate_in(directory);
    fs::write(chain_file, certificate.pem())?;
    Ok(fs::write(key_file, key.serialize_pem())?)
}

fn log(size: usize, number: usize) -> anyhow::Result<MaliciousLog> {
    let mut text = format!("#sentinel-log 1\n#service sshd\n#parser {size}.{number}\n");
    let mut line = 0_u32;
    while text.len() < size {
        line += 1;
        text += &format!(
            "Nov 23 02:{:02}:{:02} host sshd[{}]: Failed password for user from 203.0.113.7 port {} ssh2\n",
            line / 60 % 60,
            line % 60,
            line % 30_000,
            1024 + line * 7919 % 60_000
        );
    }
    text.truncate(size);
    Ok(MaliciousLog::new(text.into_bytes())?)
}
