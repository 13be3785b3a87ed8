//! The port at which Prometheus asks.

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

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
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::CONTENT_TYPE;

/// Where the text is.
const PATH: &str = "/metrics";
/// Connections at a time; the next one waits. A scraper or two need one each.
const CONNECTIONS: usize = 8;
/// How long a connection may last: a scraper that keeps its connection makes another one now and then.
const CONNECTION: Duration = Duration::from_secs(300);
/// How long a request may take to come, also the next one on the same connection.
const REQUEST: Duration = Duration::from_secs(90);
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
    let (scrape, room) = (Arc::new(scrape), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let scrape = Arc::clone(&scrape);
                tokio::spawn(async move {
                    // Whoever stays longer, or breaks off, asks again.
                    let _ = timeout(CONNECTION, converse(stream, scrape)).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection at the metrics port");
                sleep(ACCEPT_PAUSE).await;
            }
        }
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
    http.timer(TokioTimer::new()).header_read_timeout(REQUEST).max_buf_size(MAX_HEAD_BYTES);
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
