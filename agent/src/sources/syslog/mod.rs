//! Receiving syslog from other machines over UDP and TCP, and from programs of this one over Unix sockets.
//!
//! `message` cleans one message, `frames` cuts a stream into messages, `senders` says who may send and how much;
//! `datagrams` and `streams` receive.
//!
//! What a sender says of others is believed as far as the sender can be: whoever sends over TCP has answered from its
//! address; a datagram may come from anybody in the name of an allowed sender, and so its lines prove nothing
//! ([`Provenance::Claimed`]) unless the operator trusts the network that it comes from.

mod datagrams;
mod frames;
mod message;
mod senders;
mod streams;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc};

use sentinel_parsers::Provenance;
use tokio::time;

pub use self::{senders::Senders, streams::OpenStream};
use super::{LONGEST_PAUSE, Outlet, SourceError};
use crate::{
    backoff::Backoff,
    sockets::{Listen, Sockets},
};

/// One socket that receives syslog.
#[derive(Clone, Debug)]
pub struct SyslogSource {
    /// Which.
    pub listen: Listen,
    /// Who may send. Unix sockets ask nobody: their file's permissions say who may.
    pub senders: Senders,
}

/// The sockets that receive syslog, with the streams that senders go on with.
pub type OpenSockets = Sockets<OpenStream>;

/// Receives until the receiver of the batches is gone, on what `sockets` hold open. A socket that cannot be opened (yet)
/// is tried again.
///
/// When it is told to stop it delivers what it has received. Streams stay open then, in the middle of a message too: who
/// receives there next goes on with them.
///
/// Datagrams are one message each (RFC 5426); over streams, messages are counted or ended by newlines (RFC 6587).
pub async fn follow_syslog(source: SyslogSource, sockets: Arc<OpenSockets>, outlet: Outlet) {
    let outlet = Arc::new(outlet);
    let mut backoff = Backoff::up_to(LONGEST_PAUSE);
    loop {
        let failed = tokio::select! {
            received = source.receive(&sockets, &outlet, &mut backoff) => match received {
                Ok(()) => return,
                Err(error) => error,
            },
            () = outlet.closed() => return,
        };
        if !matches!(failed, SourceError::Closed) {
            sockets.close(&source.listen);
        }
        outlet.failed(failed);
        tokio::select! {
            () = time::sleep(backoff.pause()) => (),
            () = outlet.stopped() => return,
            () = outlet.closed() => return,
        }
    }
}

impl SyslogSource {
    /// Receives until it is told to stop.
    async fn receive(
        &self,
        sockets: &OpenSockets,
        outlet: &Arc<Outlet>,
        backoff: &mut Backoff,
    ) -> Result<(), SourceError> {
        let on = &self.listen;
        let opened = |error| SourceError::Listen { on: on.to_string(), source: error };
        let mut is_open = || {
            backoff.reset();
            outlet.recovered();
        };
        let ended = match on {
            Listen::Udp(address) => {
                let socket = sockets.udp(*address).map_err(opened)?;
                is_open();
                datagrams::receive_udp(&socket, &self.senders, outlet).await
            }
            Listen::Tcp(address) => {
                let listener = sockets.tcp(*address).map_err(opened)?;
                is_open();
                let open = streams::accept_tcp(&listener, &self.senders, outlet, sockets.kept(on)).await;
                open.map(|open| sockets.keep(on, open))
            }
            Listen::Datagram(path) => {
                let socket = sockets.datagram(path).map_err(opened)?;
                is_open();
                datagrams::receive_unix(&socket, outlet).await
            }
            Listen::Stream(path) => {
                let listener = sockets.stream(path).map_err(opened)?;
                is_open();
                let open = streams::accept_unix(&listener, outlet, sockets.kept(on)).await;
                open.map(|open| sockets.keep(on, open))
            }
        };
        ended.map_err(|error| error.on(on))
    }
}

/// Why receiving ended.
#[derive(Debug)]
enum Ended {
    Socket(io::Error),
    Closed,
}

impl Ended {
    fn on(self, on: &Listen) -> SourceError {
        match self {
            Self::Socket(source) => SourceError::Receive { on: on.to_string(), source },
            Self::Closed => SourceError::Closed,
        }
    }
}

/// What lines prove at best that came from a sender whose address answered, or that is this machine.
const FROM_A_SESSION: Provenance = Provenance::Proven;
