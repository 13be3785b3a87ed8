//! Receiving streams of messages. Many may be open; each costs little memory, whatever it sends.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpListener, UnixListener},
    task::JoinSet,
    time,
};

use super::{
    Ended, FROM_A_SESSION,
    frames::Frames,
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

/// Accepts machines that may send.
pub(super) async fn accept_tcp(
    listener: &TcpListener,
    senders: &Senders,
    outlet: &Arc<Outlet>,
) -> Result<Infallible, Ended> {
    let rates = Arc::new(Mutex::new(Rates::new(senders.rate, Instant::now())));
    let mut streams = JoinSet::new();
    let mut of_sender: HashMap<IpAddr, usize> = HashMap::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, peer)) = accepted else {
                    time::sleep(PAUSE).await;
                    continue;
                };
                let sender = peer.ip().to_canonical();
                let open = of_sender.entry(sender).or_default();
                if !senders.may_send(sender) || *open >= MAX_STREAMS_OF_ONE || streams.len() >= MAX_STREAMS {
                    outlet.count(0, Skipped { foreign: 1, ..Skipped::default() });
                    tracing::debug!(%sender, open, "a sender of syslog is turned away");
                    of_sender.retain(|_, open| *open > 0);
                    continue;
                }
                *open += 1;
                let (outlet, rates) = (Arc::clone(outlet), Arc::clone(&rates));
                streams.spawn(async move { (sender, receive(stream, limit(&rates, sender), &outlet).await) });
            }
            Some(Ok((sender, ended))) = streams.join_next() => {
                of_sender.entry(sender).and_modify(|open| *open -= 1);
                of_sender.retain(|_, open| *open > 0);
                ended?;
            }
        }
    }
}

/// Until when a sender has to wait that sent so many messages.
fn limit(rates: &Mutex<Rates>, sender: IpAddr) -> impl Fn(u32) -> Option<Instant> {
    move |messages| {
        let mut rates = rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.exceeded(sender, messages, Instant::now())
    }
}

/// Accepts programs of this machine.
pub(super) async fn accept_unix(listener: &UnixListener, outlet: &Arc<Outlet>) -> Result<Infallible, Ended> {
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if streams.len() < MAX_STREAMS => match accepted {
                Ok((stream, _)) => {
                    let outlet = Arc::clone(outlet);
                    streams.spawn(async move { receive(stream, |_| None, &outlet).await });
                }
                Err(_) => time::sleep(PAUSE).await,
            },
            Some(Ok(ended)) = streams.join_next() => ended?,
        }
    }
}

/// Delivers what one stream brings until it ends, is broken, or takes too long. A sender over its limit is read more
/// slowly. Half a message at the end is forgotten: half an address would be another one.
async fn receive(
    mut stream: impl AsyncRead + Unpin,
    limit: impl Fn(u32) -> Option<Instant>,
    outlet: &Outlet,
) -> Result<(), Ended> {
    let mut frames = Frames::new();
    let mut buffer = vec![0; READ];
    let mut begun = Instant::now();
    loop {
        let deadline = begun + if frames.is_unfinished() { UNFINISHED } else { IDLE };
        let Ok(Ok(length @ 1..)) = time::timeout_at(deadline.into(), stream.read(&mut buffer)).await else {
            return Ok(());
        };
        let (mut text, mut lines, mut skipped) = (Vec::new(), 0_u32, Skipped::default());
        let was_unfinished = frames.is_unfinished();
        let cut = frames.push(&buffer[..length], |message| match message::append(message, &mut text) {
            true => lines += 1,
            false => skipped.undecodable += 1,
        });
        skipped.overlong = *cut.as_ref().unwrap_or(&0);
        if !was_unfinished || lines > 0 {
            begun = Instant::now();
        }
        outlet.count(lines.into(), skipped);
        if lines > 0 {
            outlet
                .send_live(Content::Text(text), FROM_A_SESSION)
                .await
                .map_err(|_: SourceError| Ended::Closed)?;
        }
        if cut.is_err() {
            tracing::debug!("a sender of syslog breaks the framing it began with: hanging up");
            return Ok(());
        }
        if let Some(until) = limit(lines) {
            time::sleep_until(until.into()).await;
        }
    }
}
