//! Sockets that stay open while the agent starts anew with other settings: whoever connects or sends meanwhile waits in
//! the kernel's queues, and is neither turned away nor unheard.

use std::{
    collections::HashMap,
    fmt, fs, io, mem,
    net::{self, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::{
        fd::OwnedFd,
        unix::{
            self,
            fs::{FileTypeExt, PermissionsExt},
        },
    },
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener};

/// Connections that wait to be accepted.
const WAITING: i32 = 1024;

/// Who may write to a Unix socket: root, and the agent's own group.
const SOCKET_MODE: u32 = 0o660;

/// Where to receive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Listen {
    /// UDP datagrams.
    Udp(SocketAddr),
    /// TCP connections.
    Tcp(SocketAddr),
    /// A Unix socket of datagrams, like `/dev/log`.
    Datagram(PathBuf),
    /// A Unix socket of streams.
    Stream(PathBuf),
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

impl Listen {
    /// Whether this cannot be bound as long as the other one is: the same port, or the same file.
    fn is_in_the_way_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Udp(one), Self::Udp(other)) | (Self::Tcp(one), Self::Tcp(other)) => {
                one.port() == other.port()
            }
            (Self::Datagram(one) | Self::Stream(one), Self::Datagram(other) | Self::Stream(other)) => {
                one == other
            }
            _ => false,
        }
    }
}

/// The open sockets, and with each the connections that were accepted there and go on. Each is bound when it is first
/// asked for; dropping this closes those that nobody uses.
#[derive(Debug)]
pub struct Sockets<C>(Mutex<HashMap<Listen, Held<C>>>);

#[derive(Debug)]
struct Held<C> {
    socket: OwnedFd,
    /// Whether anybody asked for it since [`Sockets::disclaim`].
    is_claimed: bool,
    connections: Vec<C>,
    _file: Option<SocketFile>,
}

/// The file of a bound Unix socket, which goes with it.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl SocketFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.0);
    }
}

impl<C> Default for Sockets<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C> Sockets<C> {
    /// Accepts TCP connections there.
    ///
    /// # Errors
    /// When the socket cannot be bound.
    pub fn tcp(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let bind = || match listen(address) {
            // Without IPv6 in the kernel, every address is every address of IPv4.
            Err(error) if is_any(address) && error.raw_os_error() == Some(libc::EAFNOSUPPORT) => {
                Ok((listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))?.into(), None))
            }
            bound => Ok((bound?.into(), None)),
        };
        TcpListener::from_std(self.open::<net::TcpListener>(Listen::Tcp(address), bind)?)
    }

    /// Receives UDP datagrams there.
    ///
    /// # Errors
    /// When the socket cannot be bound.
    pub fn udp(&self, address: SocketAddr) -> io::Result<UdpSocket> {
        let bind = || {
            let socket = net::UdpSocket::bind(address)?;
            socket.set_nonblocking(true)?;
            Ok((socket.into(), None))
        };
        UdpSocket::from_std(self.open::<net::UdpSocket>(Listen::Udp(address), bind)?)
    }

    /// Receives datagrams of programs of this machine there.
    ///
    /// # Errors
    /// When the socket cannot be bound.
    pub fn datagram(&self, path: &Path) -> io::Result<UnixDatagram> {
        let bind = || {
            let (socket, file) = bind_unix(path, unix::net::UnixDatagram::bind)?;
            socket.set_nonblocking(true)?;
            Ok((socket.into(), Some(file)))
        };
        UnixDatagram::from_std(self.open::<unix::net::UnixDatagram>(Listen::Datagram(path.to_owned()), bind)?)
    }

    /// Accepts programs of this machine there.
    ///
    /// # Errors
    /// When the socket cannot be bound.
    pub fn stream(&self, path: &Path) -> io::Result<UnixListener> {
        let bind = || {
            let (socket, file) = bind_unix(path, unix::net::UnixListener::bind)?;
            socket.set_nonblocking(true)?;
            Ok((socket.into(), Some(file)))
        };
        UnixListener::from_std(self.open::<unix::net::UnixListener>(Listen::Stream(path.to_owned()), bind)?)
    }

    /// Closes a socket that is of no use any more, so that it is bound anew when it is asked for again.
    pub fn close(&self, listen: &Listen) {
        self.held().remove(listen);
    }

    /// Keeps connections that were accepted there, as long as the socket is open.
    pub fn keep(&self, listen: &Listen, connections: Vec<C>) {
        if let Some(held) = self.held().get_mut(listen) {
            held.connections.extend(connections);
        }
    }

    /// The connections that were kept, to go on with.
    pub fn kept(&self, listen: &Listen) -> Vec<C> {
        self.held().get_mut(listen).map(|held| mem::take(&mut held.connections)).unwrap_or_default()
    }

    /// Says that a socket will be asked for: if it is open, it stays so.
    pub fn claim(&self, listen: &Listen) {
        if let Some(held) = self.held().get_mut(listen) {
            held.is_claimed = true;
        }
    }

    /// What is not asked for again may be closed.
    pub fn disclaim(&self) {
        self.held().values_mut().for_each(|held| held.is_claimed = false);
    }

    /// Closes what nobody asked for since [`Sockets::disclaim`].
    pub fn close_disclaimed(&self) {
        self.held().retain(|_, held| held.is_claimed);
    }

    fn open<S: From<OwnedFd>>(
        &self,
        listen: Listen,
        bind: impl Fn() -> io::Result<(OwnedFd, Option<SocketFile>)>,
    ) -> io::Result<S> {
        let mut sockets = self.held();
        if let Some(held) = sockets.get_mut(&listen) {
            held.is_claimed = true;
            return Ok(held.socket.try_clone()?.into());
        }
        let (socket, file) = bind().or_else(|error| {
            if error.kind() != io::ErrorKind::AddrInUse {
                return Err(error);
            }
            // Another address on the same port, perhaps, that is of no use any more.
            let is_free =
                |other: &Listen, held: &Held<C>| !held.is_claimed && other.is_in_the_way_of(&listen);
            match sockets.extract_if(|other, held| is_free(other, held)).count() {
                0 => Err(error),
                _ => bind(),
            }
        })?;
        let open = socket.try_clone()?.into();
        sockets.insert(listen, Held { socket, is_claimed: true, connections: Vec::new(), _file: file });
        Ok(open)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Listen, Held<C>>> {
        // Nothing that holds it can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Binds a socket at `path` for its owner and group only, in the place of one that nobody listens on any more; any other
/// file stays.
///
/// # Errors
/// When it cannot be bound, as where another file is.
pub fn bind_unix<'p, S>(
    path: &'p Path,
    bind: impl FnOnce(&'p Path) -> io::Result<S>,
) -> io::Result<(S, SocketFile)> {
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

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING)?;
    Ok(socket)
}

fn is_any(address: SocketAddr) -> bool {
    address.ip() == Ipv6Addr::UNSPECIFIED
}

#[cfg(test)]
mod tests;
