//! The accept loop: what may connect, and how the server stops.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::Abortable;
use hyper_util::service::TowerToHyperService;
use ipnetwork::IpNetwork;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, info, warn};
use warp::Filter;

use super::{
    CertificateError, Certificates, ConnectionTimeouts, LimitSettings, PeerDirectory, PublicUrls,
    connection::{self, Origin},
    forwarded::Proxies,
    routes,
    service::LogService,
    slots::{Admission, Slots},
    source::Source,
    stop::{self, Stop},
    visits::Visits,
};
use crate::{
    metrics::Metrics,
    store::{
        LogStore,
        database::{Database, DatabaseError},
    },
};

/// How often the operator's certificate files are looked at.
const CERTIFICATE_CHECK: Duration = Duration::from_secs(60);
/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Header of `/health` by which a server's operator knows that it is this one that answers.
pub const INSTANCE_HEADER: &str = "sentinel-instance";

/// How the server behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// The URLs under which peers know this server, such as `https://peer-a.example:9000`; requests have to be
    /// signed for one of them.
    pub public_urls: Vec<String>,
    /// What a peer or a source address may take.
    pub limits: LimitSettings,
    /// Most connections in all; each holds up to about 60 KB.
    pub connections: usize,
    /// Most connections from one source address (IPv6: one /64).
    pub connections_per_source: usize,
    /// How long a client may take.
    pub timeouts: ConnectionTimeouts,
    /// Whether clients speak TLS with this server; otherwise a reverse proxy ends it before.
    pub tls: bool,
    /// The reverse proxies whose `X-Forwarded-For` says where a request comes from.
    pub trusted_proxies: Vec<IpNetwork>,
}

impl ServerSettings {
    /// The published limits, for a server that is known under `public_urls`.
    #[must_use]
    pub fn new(public_urls: Vec<String>) -> Self {
        Self {
            public_urls,
            limits: LimitSettings::default(),
            connections: 1024,
            connections_per_source: 64,
            timeouts: ConnectionTimeouts::default(),
            tls: true,
            trusted_proxies: Vec::new(),
        }
    }
}

/// Serves malicious logs over HTTPS to active peers.
pub struct Server {
    service: Arc<LogService>,
    certificates: Arc<Certificates>,
    /// None where a reverse proxy ends TLS.
    acceptor: Option<TlsAcceptor>,
    proxies: Arc<Proxies>,
    slots: Slots,
    memory: Option<Database>,
    metrics: Metrics,
    timeouts: ConnectionTimeouts,
}

impl Server {
    /// Puts a server together; nothing listens yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        settings: ServerSettings,
        store: Arc<LogStore>,
        directory: Arc<dyn PeerDirectory>,
        certificates: Arc<Certificates>,
    ) -> Result<Self, CertificateError> {
        let tls = Arc::clone(&certificates).server_config()?;
        Ok(Self {
            service: Arc::new(LogService::new(store, directory, settings.limits, &settings.public_urls)),
            certificates,
            acceptor: settings.tls.then(|| TlsAcceptor::from(Arc::new(tls))),
            proxies: Arc::new(settings.trusted_proxies.into()),
            slots: Slots::new(settings.connections, settings.connections_per_source),
            memory: None,
            metrics: Metrics::default(),
            timeouts: settings.timeouts,
        })
    }

    /// Goes on with what peers took before, as the database remembers it, and has it remember what they take.
    ///
    /// # Errors
    /// When that cannot be read.
    pub async fn remembering_in(self, database: Database) -> Result<Self, DatabaseError> {
        self.service.limits().restore(&database).await?;
        Ok(Self { memory: Some(database), ..self })
    }

    /// The same, measuring its answers in `metrics`.
    #[must_use]
    pub fn measured_in(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The URLs under which it is known, to which one can be added while it runs.
    #[must_use]
    pub fn public_urls(&self) -> Arc<PublicUrls> {
        self.service.public_urls()
    }

    /// Who visits it, and by what it is recognised.
    #[must_use]
    pub fn visits(&self) -> Arc<Visits> {
        self.service.visits()
    }

    /// Serves on all `listeners` until `shutdown`, then lets the requests in flight finish, though not for long.
    pub async fn run(self, listeners: Vec<TcpListener>, shutdown: impl Future<Output = ()>) {
        let (stopper, stop) = stop::channel();
        let drain = self.timeouts.drain;
        let server = Arc::new(self);
        let mut loops = JoinSet::new();
        for listener in listeners {
            loops.spawn(Arc::clone(&server).accept_all(listener, stop.clone()));
        }
        tokio::select! {
            () = shutdown => {}
            () = server.watch_certificates() => {}
            () = server.remember() => {}
        }
        drop(stopper);
        if timeout(drain, async { while loops.join_next().await.is_some() {} }).await.is_err() {
            warn!(after = ?drain, "closing connections that did not finish");
        }
        loops.shutdown().await;
        if let Some(database) = &server.memory {
            server.service.limits().close(database).await;
        }
    }

    async fn accept_all(self: Arc<Self>, listener: TcpListener, stop: Stop) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => self.admit(stream, address, &stop, &mut connections),
                    Err(error) => {
                        warn!(%error, "accepting a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = stop.requested() => break,
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    fn admit(&self, stream: TcpStream, address: SocketAddr, stop: &Stop, connections: &mut JoinSet<()>) {
        let source = Source::from(address.ip());
        // All clients of a proxy come from one address: they are told apart request by request.
        let is_proxy = self.proxies.trust(address.ip());
        if !is_proxy && self.service.is_shut_out(source) {
            return;
        }
        let Some(admission) = self.slots.take(source, is_proxy, Instant::now()) else {
            debug!(%source, "too many connections");
            return;
        };
        let Admission { slot, end, blamed } = admission;
        if let Some(many) = blamed {
            self.service.blame(many);
        }
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%source, %error, "sending small answers at once");
        }
        let logs = Arc::clone(&self.service);
        let metrics = self.metrics.clone();
        let measured =
            warp::log::custom(move |answer| metrics.answered(answer.status().as_u16(), answer.elapsed()));
        let routes = routes::routes(Arc::clone(&logs)).with(measured);
        let service = TowerToHyperService::new(warp::service(routes));
        let (acceptor, timeouts, stop) = (self.acceptor.clone(), self.timeouts, stop.clone());
        let from = Origin { address: address.ip(), proxies: Arc::clone(&self.proxies), slot: Arc::new(slot) };
        let serving = connection::serve(stream, from, acceptor, service, timeouts, stop);
        connections.spawn(async move {
            match Abortable::new(serving, end).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    debug!(%source, %error, "connection");
                    if error.is_fruitless() && !is_proxy {
                        logs.blame(source);
                    }
                }
                Err(_) => debug!(%source, "making room for another connection"),
            }
        });
    }

    async fn remember(&self) {
        match &self.memory {
            Some(database) => self.service.limits().keep(database).await,
            None => std::future::pending().await,
        }
    }

    async fn watch_certificates(&self) {
        let mut ticks = interval(CERTIFICATE_CHECK);
        loop {
            ticks.tick().await;
            match self.certificates.reload_if_changed() {
                Ok(true) => info!("the new certificate is in use"),
                Ok(false) => {}
                Err(error) => warn!(%error, "keeping the certificate in use"),
            }
        }
    }
}
