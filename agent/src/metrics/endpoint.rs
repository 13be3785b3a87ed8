//! The port at which Prometheus asks.

use std::{convert::Infallible, future::Future, net::IpAddr, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ALLOW, CONTENT_TYPE as TYPE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::{sleep, timeout},
};

use super::CONTENT_TYPE;

/// Where the text is.
const PATH: &str = "/metrics";
/// Connections at a time.
const CONNECTIONS: usize = 8;
/// Of those, from one address. A scraper or two need one each.
const PER_ADDRESS: usize = 2;
/// How long a connection may last: it is for one request.
const CONNECTION: Duration = Duration::from_secs(30);
/// How long that may take to come.
const REQUEST: Duration = Duration::from_secs(5);
/// Most bytes of a request's head.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Answers `GET /metrics` with what `scrape` gives, until it is dropped.
pub async fn serve<S, T>(listener: TcpListener, scrape: S)
where
    S: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = String> + Send + 'static,
{
    let (scrape, mut connections) = (Arc::new(scrape), Connections::default());
    loop {
        match listener.accept().await {
            Ok((stream, source)) => {
                let conversation = timeout(CONNECTION, converse(stream, Arc::clone(&scrape)));
                connections.take_in(source.ip(), async move {
                    // Whoever stays longer, or breaks off, asks again.
                    let _ = conversation.await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection at the metrics port");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The connections with their sources, the oldest first.
#[derive(Default)]
struct Connections(Vec<(IpAddr, AbortHandle)>);

impl Connections {
    /// Takes one more in. When there are too many, the oldest makes room, that of the same address where it has too many
    /// itself: whoever holds connections keeps nobody out.
    fn take_in(&mut self, source: IpAddr, conversation: impl Future<Output = ()> + Send + 'static) {
        self.0.retain(|(_, running)| !running.is_finished());
        let is_own = |(address, _): &(IpAddr, AbortHandle)| *address == source;
        let own = self.0.iter().filter(|one| is_own(one)).count();
        let oldest = match (own, self.0.len()) {
            (PER_ADDRESS.., _) => self.0.iter().position(is_own),
            (_, CONNECTIONS..) => Some(0),
            _ => None,
        };
        if let Some(oldest) = oldest {
            self.0.remove(oldest).1.abort();
        }
        self.0.push((source, tokio::spawn(conversation).abort_handle()));
    }
}

async fn converse<S, T>(stream: TcpStream, scrape: Arc<S>)
where
    S: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = String> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let scrape = Arc::clone(&scrape);
        async move { Ok::<_, Infallible>(answer(&request, &*scrape).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(REQUEST).max_buf_size(MAX_HEAD_BYTES).keep_alive(false);
    if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection at the metrics port");
    }
}

async fn answer<S, T>(request: &Request<Incoming>, scrape: &S) -> Response<Full<Bytes>>
where
    S: Fn() -> T,
    T: Future<Output = String>,
{
    let asked = (request.method(), request.uri().path());
    let (status, header, body) = match asked {
        (&(Method::GET | Method::HEAD), PATH) => (StatusCode::OK, (TYPE, CONTENT_TYPE), scrape().await),
        (_, PATH) => (StatusCode::METHOD_NOT_ALLOWED, (ALLOW, "GET, HEAD"), String::new()),
        _ => (StatusCode::NOT_FOUND, (TYPE, "text/plain"), format!("what is measured is at {PATH}\n")),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header.0, hyper::header::HeaderValue::from_static(header.1));
    response
}
