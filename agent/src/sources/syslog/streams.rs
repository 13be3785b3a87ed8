//! Receiving streams of messages. Many may be open; each costs little memory, whatever it sends.

use std::{
    collections::HashMap,
    io,
    net::{self, IpAddr},
    os::{fd::OwnedFd, unix},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    task::JoinSet,
    time,
};

use super::{
    Ended, FROM_A_SESSION,
    frames::{BrokenFraming, Frames},
    message,
    senders::{Rates, Senders},
};
use crate::sources::{Content, Outlet, Skipped, SourceError};

/// Streams that are open at once.
const MAX_STREAMS: usize = 128;

/// Streams of one machine that are open at once.
const MAX_STREAMS_OF_ONE: usize = 8;

/// The bytes of one read.
const READ: usize = 8 * 1024;

/// How long a sender may be silent between two messages. Those that log seldom stay for hours.
const IDLE: Duration = Duration::from_secs(6 * 60 * 60);

/// How long one message may take to come.
const UNFINISHED: Duration = Duration::from_secs(60);

/// How long to wait when the system has no file descriptor left for another stream.
const PAUSE: Duration = Duration::from_millis(100);

/// A stream that goes on, as far as it was received: framed as it began, in the middle of a message perhaps.
#[derive(Debug)]
pub struct OpenStream<S = OwnedFd> {
    socket: S,
    frames: Frames,
    /// When its last message ended, or the present one began.
    since: Instant,
}

/// The streams that are received, each of somebody: what becomes of it in the end is that it goes on or not.
type Receiving<K> = JoinSet<(K, Result<Option<OpenStream>, Ended>)>;

/// Accepts machines that may send, besides those whose streams were `kept`, until it is told to stop; gives the streams
/// that go on.
pub(super) async fn accept_tcp(
    listener: &TcpListener,
    senders: &Senders,
    outlet: &Arc<Outlet>,
    kept: Vec<OpenStream>,
) -> Result<Vec<OpenStream>, Ended> {
    let mut machines = Machines::new(senders, outlet);
    for stream in kept {
        // Who has gone meanwhile has no address any more.
        let stream = stream.with(|socket| TcpStream::from_std(net::TcpStream::from(socket)));
        let peer = stream.and_then(|stream| Ok((stream.socket.peer_addr()?.ip(), stream)));
        if let Ok((peer, stream)) = peer {
            machines.admit(stream, peer);
        }
    }
    let (mut stopped, mut open) = (pin!(outlet.stopped()), Vec::new());
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => return going_on(open, machines.streams).await,
            Some(Ok((sender, ended))) = machines.streams.join_next() => {
                machines.left(sender);
                open.extend(ended?);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => machines.admit(OpenStream::begun(stream), peer.ip()),
                Err(_) => time::sleep(PAUSE).await,
            },
        }
    }
}

/// The machines that send.
struct Machines<'a> {
    senders: &'a Senders,
    outlet: &'a Arc<Outlet>,
    rates: Arc<Mutex<Rates>>,
    /// How many streams each has.
    open: HashMap<IpAddr, usize>,
    streams: Receiving<IpAddr>,
}

impl<'a> Machines<'a> {
    fn new(senders: &'a Senders, outlet: &'a Arc<Outlet>) -> Self {
        let rates = Arc::new(Mutex::new(Rates::new(senders.rate, Instant::now())));
        Self { senders, outlet, rates, open: HashMap::new(), streams: JoinSet::new() }
    }

    /// Receives from this machine if it may send, and has not too many streams.
    fn admit(&mut self, stream: OpenStream<TcpStream>, peer: IpAddr) {
        let sender = peer.to_canonical();
        let open = self.open.get(&sender).copied().unwrap_or_default();
        let is_full = open >= MAX_STREAMS_OF_ONE || self.streams.len() >= MAX_STREAMS;
        if is_full || !self.senders.may_send(sender) {
            self.outlet.count(0, Skipped { foreign: 1, ..Skipped::default() });
            tracing::debug!(%sender, open, "a sender of syslog is turned away");
            return;
        }
        self.open.insert(sender, open + 1);
        let (outlet, rates) = (Arc::clone(self.outlet), Arc::clone(&self.rates));
        self.streams.spawn(async move {
            let ended = receive(stream, limit(&rates, sender), &outlet).await;
            (sender, kept(ended, |socket| Ok(socket.into_std()?.into())))
        });
    }

    /// One of this machine's streams has ended.
    fn left(&mut self, sender: IpAddr) {
        self.open.entry(sender).and_modify(|open| *open -= 1);
        self.open.retain(|_, open| *open > 0);
    }
}

/// Until when a sender has to wait that sent so many messages.
fn limit(rates: &Mutex<Rates>, sender: IpAddr) -> impl Fn(u32) -> Option<Instant> {
    move |messages| {
        let mut rates = rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.exceeded(sender, messages, Instant::now())
    }
}

/// Accepts programs of this machine, besides those whose streams were `kept`, until it is told to stop; gives the streams
/// that go on.
pub(super) async fn accept_unix(
    listener: &UnixListener,
    outlet: &Arc<Outlet>,
    kept: Vec<OpenStream>,
) -> Result<Vec<OpenStream>, Ended> {
    let mut streams = JoinSet::new();
    for stream in kept {
        let stream = stream.with(|socket| UnixStream::from_std(unix::net::UnixStream::from(socket)));
        if let Ok(stream) = stream {
            streams.spawn(receive_local(stream, Arc::clone(outlet)));
        }
    }
    let (mut stopped, mut open) = (pin!(outlet.stopped()), Vec::new());
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => return going_on(open, streams).await,
            Some(Ok(((), ended))) = streams.join_next() => open.extend(ended?),
            accepted = listener.accept(), if streams.len() < MAX_STREAMS => match accepted {
                Ok((stream, _)) => {
                    streams.spawn(receive_local(OpenStream::begun(stream), Arc::clone(outlet)));
                }
                Err(_) => time::sleep(PAUSE).await,
            },
        }
    }
}

async fn receive_local(
    stream: OpenStream<UnixStream>,
    outlet: Arc<Outlet>,
) -> ((), Result<Option<OpenStream>, Ended>) {
    let ended = receive(stream, |_| None, &outlet).await;
    ((), kept(ended, |socket| Ok(socket.into_std()?.into())))
}

/// The streams that go on, besides those `open` already, once all have delivered what was received.
async fn going_on<K: 'static>(
    mut open: Vec<OpenStream>,
    mut streams: Receiving<K>,
) -> Result<Vec<OpenStream>, Ended> {
    while let Some(joined) = streams.join_next().await {
        if let Ok((_, ended)) = joined {
            open.extend(ended?);
        }
    }
    Ok(open)
}

/// What is kept of a stream that goes on.
fn kept<S>(
    ended: Result<Option<OpenStream<S>>, Ended>,
    descriptor: impl FnOnce(S) -> io::Result<OwnedFd>,
) -> Result<Option<OpenStream>, Ended> {
    Ok(ended?.and_then(|stream| stream.with(descriptor).ok()))
}

impl<S> OpenStream<S> {
    fn begun(socket: S) -> Self {
        Self { socket, frames: Frames::new(), since: Instant::now() }
    }

    /// The same by another handle of its socket.
    fn with<T>(self, handle: impl FnOnce(S) -> io::Result<T>) -> io::Result<OpenStream<T>> {
        let Self { socket, frames, since } = self;
        Ok(OpenStream { socket: handle(socket)?, frames, since })
    }

    /// By when more has to come.
    fn deadline(&self) -> Instant {
        self.since + if self.frames.is_unfinished() { UNFINISHED } else { IDLE }
    }

    /// The messages that these bytes complete, a line each, and their number. Others are counted.
    fn cut(&mut self, bytes: &[u8], outlet: &Outlet) -> (Vec<u8>, u32, Result<(), BrokenFraming>) {
        let (mut text, mut lines, mut skipped) = (Vec::new(), 0, Skipped::default());
        let was_unfinished = self.frames.is_unfinished();
        let cut = self.frames.push(bytes, |message| match message::append(message, &mut text) {
            true => lines += 1,
            false => skipped.undecodable += 1,
        });
        skipped.overlong = *cut.as_ref().unwrap_or(&0);
        if !was_unfinished || lines > 0 {
            self.since = Instant::now();
        }
        outlet.count(lines.into(), skipped);
        (text, lines, cut.map(drop))
    }
}

/// Delivers what one stream brings until it ends, is broken, or takes too long; or until it is told to stop, and gives the
/// stream back. A sender over its limit is read more slowly. Half a message at the end is forgotten: half an address would
/// be another one.
async fn receive<S: AsyncRead + Unpin>(
    mut stream: OpenStream<S>,
    limit: impl Fn(u32) -> Option<Instant>,
    outlet: &Outlet,
) -> Result<Option<OpenStream<S>>, Ended> {
    let mut stopped = pin!(outlet.stopped());
    let mut buffer = vec![0; READ];
    loop {
        let deadline = stream.deadline().into();
        let read = tokio::select! {
            biased;
            () = &mut stopped => return Ok(Some(stream)),
            read = time::timeout_at(deadline, stream.socket.read(&mut buffer)) => read,
        };
        let Ok(Ok(length @ 1..)) = read else { return Ok(None) };
        let (text, lines, cut) = stream.cut(&buffer[..length], outlet);
        if lines > 0 {
            let sent = outlet.send_live(Content::Text(text), FROM_A_SESSION).await;
            sent.map_err(|_: SourceError| Ended::Closed)?;
        }
        if cut.is_err() {
            tracing::debug!("a sender of syslog breaks the framing it began with: hanging up");
            return Ok(None);
        }
        if let Some(until) = limit(lines) {
            tokio::select! {
                () = &mut stopped => return Ok(Some(stream)),
                () = time::sleep_until(until.into()) => (),
            }
        }
    }
}
