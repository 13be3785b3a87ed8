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

use std::{
    convert::Infallible,
    fmt, fs, io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use sentinel_parsers::Provenance;
use tokio::{
    net::{TcpListener, UdpSocket, UnixDatagram, UnixListener},
    time,
};

pub use self::senders::Senders;
use super::{LONGEST_PAUSE, Outlet, SourceError};
use crate::backoff::Backoff;

/// Who may write to a Unix socket: root, and the agent's own group.
const SOCKET_MODE: u32 = 0o660;

/// One socket that receives syslog.
#[derive(Clone, Debug)]
pub struct SyslogSource {
    /// Which.
    pub listen: Listen,
    /// Who may send. Unix sockets ask nobody: their file's permissions say who may.
    pub senders: Senders,
}

/// Where to receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// One message a datagram (RFC 5426).
    Udp(SocketAddr),
    /// Messages counted or ended by newlines (RFC 6587).
    Tcp(SocketAddr),
    /// A Unix socket of datagrams, like `/dev/log`.
    Datagram(PathBuf),
    /// A Unix socket of streams, framed as over TCP.
    Stream(PathBuf),
}

/// Receives until the receiver of the batches is gone. A socket that cannot be opened (yet) is tried again.
pub async fn follow_syslog(source: SyslogSource, outlet: Outlet) {
    let outlet = Arc::new(outlet);
    let mut backoff = Backoff::up_to(LONGEST_PAUSE);
    loop {
        let failed = tokio::select! {
            Err(error) = source.receive(&outlet, &mut backoff) => error,
            () = outlet.closed() => return,
        };
        outlet.failed(failed);
        tokio::select! {
            () = time::sleep(backoff.pause()) => (),
            () = outlet.closed() => return,
        }
    }
}

impl SyslogSource {
    async fn receive(&self, outlet: &Arc<Outlet>, backoff: &mut Backoff) -> Result<Infallible, SourceError> {
        let on = &self.listen;
        let opened = |error| SourceError::Listen { on: on.to_string(), source: error };
        let mut is_open = || {
            backoff.reset();
            outlet.recovered();
        };
        let ended = match on {
            Listen::Udp(address) => {
                let socket = UdpSocket::bind(address).await.map_err(opened)?;
                is_open();
                datagrams::receive_udp(&socket, &self.senders, outlet).await
            }
            Listen::Tcp(address) => {
                let listener = TcpListener::bind(address).await.map_err(opened)?;
                is_open();
                streams::accept_tcp(&listener, &self.senders, outlet).await
            }
            Listen::Datagram(path) => {
                let (socket, _file) = bind_unix(path, |path| UnixDatagram::bind(path)).map_err(opened)?;
                is_open();
                datagrams::receive_unix(&socket, outlet).await
            }
            Listen::Stream(path) => {
                let (listener, _file) = bind_unix(path, |path| UnixListener::bind(path)).map_err(opened)?;
                is_open();
                streams::accept_unix(&listener, outlet).await
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

/// The file of a bound Unix socket, which goes with it.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.0);
    }
}

/// Binds a socket at `path`, in the place of one that nobody listens on any more.
fn bind_unix<S>(path: &Path, bind: impl FnOnce(&Path) -> io::Result<S>) -> io::Result<(S, SocketFile)> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && is_abandoned(path) {
        fs::remove_file(path)?;
    }
    let socket = bind(path)?;
    let file = SocketFile(path.to_owned());
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok((socket, file))
}

fn is_abandoned(path: &Path) -> bool {
    use std::os::unix::net::{UnixDatagram, UnixStream};
    let is_refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    let datagrams = UnixDatagram::unbound().and_then(|socket| socket.connect(path));
    UnixStream::connect(path).is_err_and(is_refused) || datagrams.is_err_and(is_refused)
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(address) => write!(f, "udp {address}"),
            Self::Tcp(address) => write!(f, "tcp {address}"),
            Self::Datagram(path) => write!(f, "unix {}", path.display()),
            Self::Stream(path) => write!(f, "unix stream {}", path.display()),
        }
    }
}

/// What lines prove at best that came from a sender whose address answered, or that is this machine.
const FROM_A_SESSION: Provenance = Provenance::Proven;
