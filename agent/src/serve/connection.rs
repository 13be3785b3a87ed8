//! One connection: TLS, then HTTP/1.1 or HTTP/2, for as long as something happens on it.

use std::{
    convert::Infallible,
    error::Error,
    io,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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
    net::TcpStream,
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{source::Source, stop::Stop};

/// Most bytes of a request head, and of a response that HTTP/1 holds ready.
const MAX_HEAD_BYTES: u16 = 16 * 1024;
/// Most requests in flight on one HTTP/2 connection.
const MAX_STREAMS: u32 = 16;
/// Most bytes that HTTP/2 holds ready for each request.
const MAX_STREAM_SEND_BYTES: usize = 64 * 1024;

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
    #[error("nothing happened for too long")]
    Idle,
}

/// Serves one connection to its end. When `stop` is requested, requests in flight are finished and no more are taken.
///
/// Each request carries its [`Source`] as an extension.
pub(super) async fn serve<S, B>(
    stream: TcpStream,
    source: Source,
    acceptor: TlsAcceptor,
    service: S,
    timeouts: ConnectionTimeouts,
    stop: Stop,
) -> Result<(), ConnectionError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let accepting = acceptor.accept_with(stream, |tls| tls.set_buffer_limit(Some(MAX_TLS_SEND_BYTES)));
    let stream = tokio::select! {
        stream = timeout(timeouts.handshake, accepting) => stream
            .map_err(|_| ConnectionError::HandshakeTimeout(timeouts.handshake))?
            .map_err(ConnectionError::Handshake)?,
        () = stop.requested() => return Ok(()),
    };
    let activity = Activity::new(timeouts);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(source);
        let in_flight = activity.begin();
        let response = service.call(request);
        async move {
            let response = response.await?;
            Ok::<_, Infallible>(response.map(|body| {
                body.map_frame(move |frame| {
                    in_flight.progress();
                    frame
                })
            }))
        }
    });
    let http = builder();
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut idle = pin!(activity.idle());
    let mut stopping = false;
    loop {
        tokio::select! {
            end = connection.as_mut() => return end.map_err(ConnectionError::Http),
            () = idle.as_mut() => return Err(ConnectionError::Idle),
            () = stop.requested(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(MAX_HEAD_BYTES.into());
    builder
        .http2()
        .max_header_list_size(MAX_HEAD_BYTES.into())
        .max_concurrent_streams(MAX_STREAMS)
        .max_send_buf_size(MAX_STREAM_SEND_BYTES);
    builder
}

/// When something last happened on a connection: a request came, or a piece of an answer went.
#[derive(Clone)]
struct Activity(Arc<Shared>);

struct Shared {
    timeouts: ConnectionTimeouts,
    state: Mutex<State>,
    /// Told when another timeout applies.
    turned: Notify,
}

struct State {
    in_flight: usize,
    last: Instant,
}

/// A request whose answer is not yet sent.
struct InFlight(Activity);

impl Activity {
    fn new(timeouts: ConnectionTimeouts) -> Self {
        let state = Mutex::new(State { in_flight: 0, last: Instant::now() });
        Self(Arc::new(Shared { timeouts, state, turned: Notify::new() }))
    }

    fn happens(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        state.last = Instant::now();
        change(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> InFlight {
        self.happens(|state| state.in_flight += 1);
        self.0.turned.notify_one();
        InFlight(self.clone())
    }

    fn deadline(&self) -> Instant {
        let state = self.state();
        state.last + if state.in_flight == 0 { self.0.timeouts.head } else { self.0.timeouts.stall }
    }

    /// Ends when nothing has happened for too long.
    async fn idle(&self) {
        loop {
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return;
            }
            tokio::select! {
                () = sleep_until(deadline) => {}
                () = self.0.turned.notified() => {}
            }
        }
    }
}

impl InFlight {
    fn progress(&self) {
        self.0.happens(|_| ());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.happens(|state| state.in_flight -= 1);
        self.0.0.turned.notify_one();
    }
}
