//! Whether something still happens on a connection, and whether it is worth what it costs.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::ConnectionTimeouts;

/// Most bytes that a client may send between two events. A handshake and a request head have less; what has more is a
/// flood of frames that ask for nothing (PING, SETTINGS, CONTINUATION, empty DATA, key updates).
const MAX_UNEVENTFUL_BYTES: usize = 64 * 1024;

/// When something last happened on a connection: a request came, or a piece of an answer went.
#[derive(Clone)]
pub(super) struct Activity(Arc<Shared>);

struct Shared {
    timeouts: ConnectionTimeouts,
    state: Mutex<State>,
    /// Told when another timeout applies.
    turned: Notify,
    /// Told when the connection is to end with the answers that are due.
    closing: Notify,
}

struct State {
    in_flight: usize,
    requests: usize,
    bodies: usize,
    last: Instant,
    received: usize,
}

/// A request whose answer is not yet sent.
pub(super) struct InFlight(Activity);

impl Activity {
    pub(super) fn new(timeouts: ConnectionTimeouts) -> Self {
        let state =
            Mutex::new(State { in_flight: 0, requests: 0, bodies: 0, last: Instant::now(), received: 0 });
        Self(Arc::new(Shared { timeouts, state, turned: Notify::new(), closing: Notify::new() }))
    }

    /// A request came.
    pub(super) fn begin(&self) -> InFlight {
        self.happens(|state| {
            state.in_flight += 1;
            state.requests += 1;
        });
        self.0.turned.notify_one();
        InFlight(self.clone())
    }

    /// A request has a body, which nobody reads: the connection ends with its answer.
    pub(super) fn refuse_body(&self) {
        self.state().bodies += 1;
        self.close();
    }

    /// Whether a request ever had a body.
    pub(super) fn had_bodies(&self) -> bool {
        self.state().bodies > 0
    }

    /// No request is to follow those in flight.
    pub(super) fn close(&self) {
        self.0.closing.notify_one();
    }

    /// Ends when the connection is to be closed.
    pub(super) async fn closing(&self) {
        self.0.closing.notified().await;
    }

    /// Whether there ever was a request.
    pub(super) fn had_requests(&self) -> bool {
        self.state().requests > 0
    }

    /// Ends when nothing has happened for too long.
    pub(super) async fn idle(&self) {
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

    fn happens(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        (state.last, state.received) = (Instant::now(), 0);
        change(&mut state);
    }

    fn deadline(&self) -> Instant {
        let state = self.state();
        state.last + if state.in_flight == 0 { self.0.timeouts.head } else { self.0.timeouts.stall }
    }

    /// Counts what the client sent; says whether that is too much for nothing.
    fn receives(&self, bytes: usize) -> bool {
        let mut state = self.state();
        state.received += bytes;
        state.received > MAX_UNEVENTFUL_BYTES
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight {
    /// A piece of the answer goes.
    pub(super) fn progress(&self) {
        self.0.happens(|_| ());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.happens(|state| state.in_flight -= 1);
        self.0.0.turned.notify_one();
    }
}

/// A stream whose incoming bytes count.
pub(super) struct Metered<S> {
    pub(super) stream: S,
    pub(super) activity: Activity,
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = to.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, to))?;
        if self.activity.receives(to.filled().len() - before) {
            return Poll::Ready(Err(io::Error::other("the client sends much and asks for nothing")));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
