//! A server, a peer, and a client that says exactly what a test wants said.

use std::{collections::HashSet, sync::Arc};

use http_body_util::{BodyExt, Empty};
use hyper::{HeaderMap, Method, Request, StatusCode, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    domain::{MaliciousLog, SignedRequest},
    identity::Identity,
    serve::{
        ServerSettings,
        testing::{Authority, Directory, RunningServer},
    },
    store::database::Database,
};

/// A server with one active peer, and a client that trusts its authority.
pub(super) struct Bed {
    pub(super) server: RunningServer,
    pub(super) peer: Identity,
    pub(super) roots: Arc<RootCertStore>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(super) fn error(&self) -> String {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        json["error"].as_str().unwrap().to_owned()
    }
}

impl Bed {
    pub(super) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let peer = Identity::generate().unwrap();
        let directory = Directory::Active(HashSet::from([peer.peer_key()]));
        Self::over(directory, peer, change).await
    }

    /// As [`Bed::with`], and what the peer takes is remembered.
    pub(super) async fn remembering(database: &Database, change: impl FnOnce(&mut ServerSettings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut settings = ServerSettings::new(vec![format!("https://{}", listener.local_addr().unwrap())]);
        change(&mut settings);
        Self::on(listener, settings, Identity::generate().unwrap(), database).await
    }

    /// The server is stopped and another one, with no logs yet, started in its place.
    pub(super) async fn restarted(self, database: &Database) -> Self {
        let Self { mut server, peer, .. } = self;
        let (address, settings) = (server.address, server.settings.clone());
        server.stop();
        server.stopped().await;
        Self::on(TcpListener::bind(address).await.unwrap(), settings, peer, database).await
    }

    /// The same without letting the first server finish anything.
    pub(super) async fn crashed(self, database: &Database) -> Self {
        let Self { server, peer, .. } = self;
        let (address, settings) = (server.address, server.settings.clone());
        server.crash().await;
        Self::on(TcpListener::bind(address).await.unwrap(), settings, peer, database).await
    }

    async fn on(
        listener: TcpListener,
        settings: ServerSettings,
        peer: Identity,
        database: &Database,
    ) -> Self {
        let directory = Directory::Active(HashSet::from([peer.peer_key()]));
        let authority = Authority::new();
        let certificates = Arc::new(authority.certificates("127.0.0.1"));
        let server =
            RunningServer::start_on(listener, settings, directory, certificates, Some(database)).await;
        Self { server, peer, roots: authority.roots }
    }

    pub(super) async fn over(
        directory: Directory,
        peer: Identity,
        change: impl FnOnce(&mut ServerSettings),
    ) -> Self {
        let authority = Authority::new();
        let certificates = Arc::new(authority.certificates("127.0.0.1"));
        let server = RunningServer::start_with(directory, certificates, change).await;
        Self { server, peer, roots: authority.roots }
    }

    pub(super) async fn connect(&self, protocol: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
        self.secure(TcpStream::connect(self.server.address).await?, protocol, ALL_VERSIONS).await
    }

    pub(super) async fn secure(
        &self,
        stream: TcpStream,
        protocol: &[u8],
        versions: &[&'static SupportedProtocolVersion],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(Arc::clone(&self.roots))
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    pub(super) async fn send(&self, method: Method, path: &str, signed: Option<&SignedRequest>) -> Answer {
        self.send_with(method, path, signed, &[]).await
    }

    /// The same with more headers.
    pub(super) async fn send_with(
        &self,
        method: Method,
        path: &str,
        signed: Option<&SignedRequest>,
        more: &[(&'static str, &str)],
    ) -> Answer {
        let stream = self.connect(b"http/1.1").await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        if let Some(signed) = signed {
            *request.headers_mut() = headers(signed);
        }
        for (name, value) in more {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub(super) async fn get(&self, path: &str, signed: &SignedRequest) -> Answer {
        self.send(Method::GET, path, Some(signed)).await
    }

    /// Asks for a log and reads no more than its beginning.
    pub(super) async fn begin(&self, path: &str, signed: &SignedRequest) -> TlsStream<TcpStream> {
        let mut stream = self.connect(b"http/1.1").await.unwrap();
        stream.write_all(&head_of(path, signed)).await.unwrap();
        stream.read_exact(&mut [0; 1024]).await.unwrap();
        stream
    }

    /// Signs a request for `path` at this server, `later` seconds from now.
    pub(super) fn sign(&self, path: &str, later: i64) -> SignedRequest {
        self.peer.sign_request(&format!("{}{path}", self.server.url), now() + later)
    }

    pub(super) fn path_of(&self, log: &MaliciousLog) -> String {
        self.server.put(log).strip_prefix(&self.server.url).unwrap().to_owned()
    }
}

pub(super) fn now() -> i64 {
    Timestamp::now().as_second()
}

pub(super) fn headers(signed: &SignedRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(SignedRequest::KEY_HEADER, signed.key.to_string().parse().unwrap());
    headers.insert(SignedRequest::TIMESTAMP_HEADER, signed.timestamp.into());
    let signature = bs58::encode(signed.signature).into_string();
    headers.insert(SignedRequest::SIGNATURE_HEADER, signature.parse().unwrap());
    headers
}

/// A request as it goes over the wire.
pub(super) fn head_of(path: &str, signed: &SignedRequest) -> Vec<u8> {
    let mut head = format!("GET {path} HTTP/1.1\r\nHost: peer-a.example\r\n");
    for (name, value) in &headers(signed) {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    format!("{head}\r\n").into_bytes()
}
