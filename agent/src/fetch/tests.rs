use std::{collections::HashSet, net::IpAddr, sync::Arc};

use rustls::{RootCertStore, ServerConfig, server::ResolvesServerCert, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::{
    domain::{FileHash, MAX_LOG_BYTES, PeerKey, TooLarge},
    serve::{
        Certificates,
        testing::{Authority, Directory, RunningServer, log},
    },
};

/// Loopback may be connected to, and everybody is asked once.
fn loopback_allowed() -> FetchPolicy {
    FetchPolicy {
        allow_internal: vec!["127.0.0.0/8".parse().unwrap()],
        patience: Duration::ZERO,
        ..FetchPolicy::default()
    }
}

fn http_allowed() -> FetchPolicy {
    FetchPolicy { allow_http: true, timeout: Duration::from_secs(10), ..loopback_allowed() }
}

/// A reporter's log, which is at its own server, the first of these, and at others that have a copy.
fn wanted(reporter: PeerKey, file_hash: FileHash, urls: &[&str]) -> Wanted {
    let holder = |(number, url): (usize, &&str)| Holder {
        url: (*url).to_owned(),
        peer: Some(reporter),
        claim: if number == 0 { Claim::Own } else { Claim::Copy },
    };
    Wanted { file_hash, reporter: Some(reporter), holders: urls.iter().enumerate().map(holder).collect() }
}

mod claims;
mod dates;
mod hostile;
mod order;
mod packed;
mod pages;
mod queue;
mod resume;

/// A reporter's server with a certificate of its own key, a log on it, and a peer that may fetch it.
struct Bed {
    server: RunningServer,
    owner: PeerKey,
    peer: Arc<Identity>,
    log: MaliciousLog,
    url: String,
}

impl Bed {
    async fn new() -> Self {
        let owner = Identity::generate().unwrap();
        let certificates = Certificates::self_signed(&owner, "127.0.0.1").unwrap();
        Self::with(owner.peer_key(), certificates).await
    }

    async fn with(owner: PeerKey, certificates: Certificates) -> Self {
        let peer = Arc::new(Identity::generate().unwrap());
        let directory = Directory::Active(HashSet::from([peer.peer_key()]));
        let server = RunningServer::start(directory, Arc::new(certificates)).await;
        let log = log("Failed password for user from 203.0.113.7 port 4711 ssh2\n");
        let url = server.put(&log);
        Self { server, owner, peer, log, url }
    }

    async fn fetch(&self, policy: FetchPolicy, urls: &[&str]) -> Result<MaliciousLog, FetchError> {
        let wanted = wanted(self.owner, self.log.hash(), urls);
        let fetcher = Fetcher::new(Arc::clone(&self.peer), policy);
        fetcher.fetch(&wanted, Timestamp::now()).await.map(|fetched| fetched.log)
    }

    async fn failure(&self, policy: FetchPolicy, url: &str) -> AttemptError {
        let mut attempts = self.fetch(policy, &[url]).await.unwrap_err().attempts;
        assert_eq!(attempts.len(), 1);
        attempts.remove(0).error
    }
}

#[tokio::test]
async fn a_log_is_fetched_from_a_server_whose_certificate_is_the_owners_key() {
    let bed = Bed::new().await;
    assert_eq!(bed.fetch(loopback_allowed(), &[&bed.url]).await.unwrap(), bed.log);
}

#[tokio::test]
async fn a_log_is_fetched_from_a_server_that_an_authority_vouches_for() {
    let authority = Authority::new();
    let bed = Bed::with(PeerKey([1; 32]), authority.certificates("127.0.0.1")).await;
    let policy = FetchPolicy { roots: authority.roots, ..loopback_allowed() };
    assert_eq!(bed.fetch(policy, &[&bed.url]).await.unwrap(), bed.log);
}

#[tokio::test]
async fn an_authoritys_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let bed = Bed::with(PeerKey([1; 32]), authority.certificates("peer-b.example")).await;
    let policy = FetchPolicy { roots: authority.roots, ..loopback_allowed() };
    let error = bed.failure(policy, &bed.url).await;
    assert!(matches!(error, AttemptError::Untrusted { .. }), "{error}");
    assert!(error.to_string().contains("not valid for name"), "{error}");
}

#[tokio::test]
async fn an_unknown_authoritys_certificate_is_refused() {
    let bed = Bed::with(PeerKey([1; 32]), Authority::new().certificates("127.0.0.1")).await;
    for roots in [loopback_allowed().roots, Arc::new(RootCertStore::empty())] {
        let error = bed.failure(FetchPolicy { roots, ..loopback_allowed() }, &bed.url).await;
        assert!(error.to_string().contains("no known authority vouches for it"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_peers_key_is_refused() {
    let other = Identity::generate().unwrap();
    let bed = Bed::with(PeerKey([1; 32]), Certificates::self_signed(&other, "127.0.0.1").unwrap()).await;
    let error = bed.failure(loopback_allowed(), &bed.url).await;
    assert!(error.to_string().contains("not this peer's own"), "{error}");
}

/// Shows whatever certificate it was given, over whatever key.
#[derive(Debug)]
struct Impostor(Arc<CertifiedKey>);

impl ResolvesServerCert for Impostor {
    fn resolve(&self, _hello: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn the_owners_certificate_without_the_owners_private_key_is_refused() {
    let owner = Identity::generate().unwrap();
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut forged = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    forged.is_ca = rcgen::IsCa::NoCa;
    let mut certificate = forged.self_signed(&key).unwrap().der().to_vec();
    let at = certificate.windows(32).position(|window| window == key.public_key_raw()).unwrap();
    certificate[at..at + 32].copy_from_slice(&owner.peer_key().0);

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let signer = provider.key_provider.load_private_key(private).unwrap();
    let shown = Arc::new(CertifiedKey::new(vec![CertificateDer::from(certificate)], signer));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Impostor(shown)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/logs/00112233445566aa", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        TlsAcceptor::from(Arc::new(config)).accept(stream).await.is_ok()
    });

    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), loopback_allowed());
    let wanted = wanted(owner.peer_key(), FileHash([1; 32]), &[&url]);
    let error = fetcher.fetch(&wanted, Timestamp::now()).await.unwrap_err();
    assert!(matches!(error.attempts[0].error, AttemptError::Untrusted { .. }), "{error}");
    assert!(error.to_string().contains("BadSignature"), "{error}");
    assert!(!server.await.unwrap(), "the handshake must not succeed");
}

#[tokio::test]
async fn a_tampered_log_is_refused_and_the_mirror_is_asked() {
    let (tampered, bed) = (Bed::new().await, Bed::new().await);
    let forged = log("Failed password for user from 198.51.100.1 port 4711 ssh2\n");
    let forged_url = tampered.server.put(&forged);
    let tampered_with = wanted(tampered.owner, bed.log.hash(), &[&forged_url]);
    let fetcher = Fetcher::new(Arc::clone(&tampered.peer), loopback_allowed());
    let error = fetcher.fetch(&tampered_with, Timestamp::now()).await.unwrap_err();
    assert!(matches!(
        error.attempts[0].error,
        AttemptError::HashMismatch { expected, found }
            if expected == bed.log.hash() && found == forged.hash()
    ));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let liar = format!("http://{}/logs/x", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    assert_eq!(bed.fetch(http_allowed(), &[&liar, &bed.url]).await.unwrap(), bed.log);
}

#[tokio::test]
async fn when_nobody_has_the_log_every_attempt_is_told() {
    let bed = Bed::new().await;
    let missing = format!("{}/logs/00112233445566aa", bed.server.url);
    let urls = ["ftp://peer-a.example/x", missing.as_str(), missing.as_str(), "http://peer-a.example/x"];
    let error = bed.fetch(loopback_allowed(), &urls).await.unwrap_err();
    assert_eq!(error.attempts.len(), 3, "the same URL is tried once");
    let text = error.to_string();
    for part in ["ftp://", "neither http nor https", "404: there is no such log here", "plain http"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_log_that_many_may_have_gets_only_so_many_tries() {
    let bed = Bed::new().await;
    let urls: Vec<_> = (0..100).map(|n| format!("http://peer-{n}.example/x")).collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    let error = bed.fetch(loopback_allowed(), &urls).await.unwrap_err();
    assert_eq!(error.attempts.len(), 12);
}

#[tokio::test]
async fn internal_addresses_are_not_even_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bed = Bed::new().await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let error = bed.failure(FetchPolicy::default(), &format!("https://{host}:{port}/x")).await;
        assert!(matches!(error, AttemptError::Internal { .. }), "{host}: {error}");
    }
    let accepted = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(accepted.is_err(), "somebody connected");
}

#[tokio::test]
async fn addresses_of_the_own_network_are_internal_unless_they_are_allowed() {
    let own = FetchPolicy {
        is_own_network: Arc::new(|address| address == IpAddr::from([203, 0, 113, 7])),
        ..FetchPolicy::default()
    };
    assert!(!own.may_connect(IpAddr::from([203, 0, 113, 7])));
    assert!(!own.may_connect("::ffff:203.0.113.7".parse().unwrap()));
    assert!(
        !own.may_connect("64:ff9b::203.0.113.7".parse().unwrap()),
        "the router's NAT64 leads back to itself"
    );
    assert!(!own.may_connect("2002:cb00:7107::1".parse().unwrap()));
    assert!(own.may_connect(IpAddr::from([203, 0, 113, 8])));
    let allowed = FetchPolicy { allow_internal: vec!["203.0.113.0/24".parse().unwrap()], ..own };
    assert!(allowed.may_connect(IpAddr::from([203, 0, 113, 7])));
    assert!(allowed.may_connect("::ffff:203.0.113.7".parse().unwrap()));
}

#[tokio::test]
async fn an_unreachable_server_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let bed = Bed::new().await;
    let error = bed.failure(loopback_allowed(), &format!("https://{address}/x")).await.to_string();
    assert!(error.contains(&address.to_string()) && error.contains("refused"), "{error}");
}

/// Reads a request head from a connection, in lower case.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

/// A server of plain HTTP that gives one answer to each request in turn and then closes; gives its URL, and the request
/// heads when all were answered.
async fn server_of(answers: Vec<Vec<u8>>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/logs/00112233445566aa", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut heads = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            heads.push(head(&mut stream).await);
            let _ = stream.write_all(&answer).await;
        }
        heads
    });
    (url, server)
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 ", head.as_bytes(), b"\r\n\r\n", body].concat()
}
