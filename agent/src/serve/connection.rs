//! One connection: TLS, then HTTP/1.1 or HTTP/2, for as long as something happens on it.

use std::{convert::Infallible, error::Error, io, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use http_body_util::BodyExt;
use hyper::{
    Request, Response,
    body::{Body, Incoming},
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use warp::http::header;

use super::{
    activity::{Activity, Metered},
    forwarded::Proxies,
    slots::Slot,
    source::Source,
    stop::Stop,
};

/// Most bytes of a request head, and of a response that HTTP/1 holds ready.
const MAX_HEAD_BYTES: u16 = 16 * 1024;
/// Most requests in flight on one HTTP/2 connection.
const MAX_STREAMS: u32 = 16;
/// Most bytes that HTTP/2 holds ready for each request.
const MAX_STREAM_SEND_BYTES: usize = 32 * 1024;
/// Most bytes of requests' bodies, which nobody needs, that HTTP/2 lets come.
const MAX_STREAM_RECEIVE_BYTES: u32 = 16 * 1024;
/// Most HTTP/2 streams that a client may reset, or break, before they were looked at; then the connection ends.
const MAX_RESETS: usize = 16;
/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Most bytes that TLS holds ready.
const MAX_TLS_SEND_BYTES: usize = 32 * 1024;

/// How long a client may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionTimeouts {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For a whole request head, from the handshake or from the end of the answer before it.
    pub head: Duration,
    /// Between two pieces of an answer that the client takes.
    pub stall: Duration,
    /// For the requests in flight when the server stops.
    pub drain: Duration,
}

impl Default for ConnectionTimeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            drain: Duration::from_secs(5),
        }
    }
}

/// Why a connection ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("no TLS handshake within {0:?}")]
    HandshakeTimeout(Duration),
    #[error("TLS handshake: {0}")]
    Handshake(io::Error),
    #[error("HTTP: {0}")]
    Http(Box<dyn Error + Send + Sync>),
    #[error("no HTTP request: {0}")]
    NotHttp(Box<dyn Error + Send + Sync>),
    #[error("a request had a body")]
    Body,
    #[error("no request after the TLS handshake")]
    NothingAsked,
    #[error("nothing happened for too long")]
    Idle,
    #[error("no request within {0:?}")]
    NoRequest(Duration),
}

impl ConnectionError {
    /// Whether all that it cost was for nothing.
    pub(super) fn is_fruitless(&self) -> bool {
        matches!(
            self,
            Self::Body
                | Self::HandshakeTimeout(_)
                | Self::Handshake(_)
                | Self::NotHttp(_)
                | Self::NoRequest(_)
                | Self::NothingAsked
        )
    }
}

/// Where a connection comes from.
pub(super) struct Origin {
    /// The other end's address.
    pub(super) address: IpAddr,
    /// Those that speak for others.
    pub(super) proxies: Arc<Proxies>,
    /// The right to it.
    pub(super) slot: Arc<Slot>,
}

/// Serves one connection to its end. When `stop` is requested, requests in flight are finished and no more are taken.
///
/// Each request carries the connection's [`Slot`] and its own [`Source`] as extensions. An answer with
/// `Connection: close` is the last one.
pub(super) async fn serve<S, B>(
    stream: TcpStream,
    from: Origin,
    acceptor: Option<TlsAcceptor>,
    service: S,
    timeouts: ConnectionTimeouts,
    stop: Stop,
) -> Result<(), ConnectionError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let activity = Activity::new(timeouts);
    let stream = Metered { stream, activity: activity.clone() };
    let Some(acceptor) = acceptor else {
        return converse(stream, from, service, activity, timeouts, stop).await;
    };
    let accepting = acceptor.accept_with(stream, |tls| tls.set_buffer_limit(Some(MAX_TLS_SEND_BYTES)));
    let stream = tokio::select! {
        stream = timeout(timeouts.handshake, accepting) => stream
            .map_err(|_| ConnectionError::HandshakeTimeout(timeouts.handshake))?
            .map_err(ConnectionError::Handshake)?,
        () = stop.requested() => return Ok(()),
    };
    converse(stream, from, service, activity.clone(), timeouts, stop).await?;
    // A handshake is the dearest thing that a stranger can ask for.
    if activity.had_requests() { Ok(()) } else { Err(ConnectionError::NothingAsked) }
}

/// Speaks HTTP until the end of a connection that is as secure as it gets.
async fn converse<S, B>(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    from: Origin,
    service: S,
    activity: Activity,
    timeouts: ConnectionTimeouts,
    stop: Stop,
) -> Result<(), ConnectionError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let http = builder();
    let service = watched(service, activity.clone(), from);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut idle = pin!(activity.idle());
    let mut stopping = false;
    loop {
        tokio::select! {
            end = connection.as_mut() => return ended(end, &activity),
            () = idle.as_mut() => return Err(match activity.had_requests() {
                true => ConnectionError::Idle,
                false => ConnectionError::NoRequest(timeouts.head),
            }),
            () = activity.closing(), if !stopping => stopping = true,
            () = stop.requested(), if !stopping => stopping = true,
        }
        if stopping {
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// What an end means.
fn ended(end: Result<(), Box<dyn Error + Send + Sync>>, activity: &Activity) -> Result<(), ConnectionError> {
    match end {
        _ if activity.had_bodies() => Err(ConnectionError::Body),
        Ok(()) => Ok(()),
        Err(error) if activity.had_requests() => Err(ConnectionError::Http(error)),
        Err(error) => Err(ConnectionError::NotHttp(error)),
    }
}

/// The same service, whose requests and answers show that something happens.
fn watched<S, B>(
    service: S,
    activity: Activity,
    from: Origin,
) -> impl Service<
    Request<Incoming>,
    Response = Response<impl Body<Data = B::Data, Error = B::Error> + Send + use<S, B>>,
    Error = Infallible,
    Future: Send,
>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>,
    B: Body + Send + 'static,
{
    service_fn(move |mut request: Request<Incoming>| {
        let client = from.proxies.client(from.address, request.headers());
        request.extensions_mut().insert(Source::from(client));
        request.extensions_mut().insert(Arc::clone(&from.slot));
        let (activity, in_flight) = (activity.clone(), activity.begin());
        if !request.body().is_end_stream() {
            activity.refuse_body();
        }
        let response = service.call(request);
        async move {
            let response = response.await?;
            if response.headers().get(header::CONNECTION).is_some_and(|value| value == "close") {
                activity.close();
            }
            Ok::<_, Infallible>(response.map(|body| {
                body.map_frame(move |frame| {
                    in_flight.progress();
                    frame
                })
            }))
        }
    })
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(MAX_HEAD_BYTES.into()).max_headers(MAX_HEADERS);
    builder
        .http2()
        .max_header_list_size(MAX_HEAD_BYTES.into())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_RESETS)
        .initial_stream_window_size(MAX_STREAM_RECEIVE_BYTES)
        .initial_connection_window_size(MAX_STREAM_RECEIVE_BYTES)
        .max_send_buf_size(MAX_STREAM_SEND_BYTES);
    builder
}
