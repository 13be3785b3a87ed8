//! A host of the lab: a namespace with addresses behind the router, and a folder for its files.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use tokio::{
    net::{TcpListener, TcpSocket},
    time::timeout,
};

use super::{Namespace, Site};

/// How long a connection may take: far longer than the lab needs, far shorter than TCP's own patience.
const CONNECT: Duration = Duration::from_millis(1500);

/// A connected host.
pub struct Host {
    /// Where it is.
    pub site: &'static Site,
    /// Its network.
    pub namespace: Namespace,
    directory: PathBuf,
}

impl Host {
    pub(super) fn connect(
        site: &'static Site,
        internet: &Namespace,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let namespace = Namespace::new()?;
        let Site { v4_prefix, gateway_v4, gateway_v6, .. } = site;
        let gateways = [format!("{gateway_v4}/{v4_prefix}"), format!("{gateway_v6}/64")];
        let own = site.addresses();
        internet.connect(
            &namespace,
            &gateways.each_ref().map(String::as_str),
            &own.iter().map(String::as_str).collect::<Vec<_>>(),
        )?;
        namespace.ip(&format!("route add default via {gateway_v4}\nroute add ::/0 via {gateway_v6}"))?;
        let directory = directory.join(site.name);
        fs::create_dir(&directory).with_context(|| format!("making {}", directory.display()))?;
        Ok(Self { site, namespace, directory })
    }

    /// Where the host keeps its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether a TCP connection from here to there comes about.
    ///
    /// # Errors
    /// When that cannot be tried.
    pub async fn can_connect(&self, ip: impl Into<IpAddr>, port: u16) -> anyhow::Result<bool> {
        let ip = ip.into();
        let any: IpAddr =
            if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        self.can_connect_from(any, ip, port).await
    }

    /// The same, coming from this address of the host.
    ///
    /// # Errors
    /// When that cannot be tried.
    pub async fn can_connect_from(
        &self,
        own: impl Into<IpAddr>,
        ip: impl Into<IpAddr>,
        port: u16,
    ) -> anyhow::Result<bool> {
        let (own, there) = (SocketAddr::new(own.into(), 0), SocketAddr::new(ip.into(), port));
        let connect = async move {
            let socket = if there.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.bind(own)?;
            io::Result::Ok(timeout(CONNECT, socket.connect(there)).await)
        };
        let tried = self.namespace.run(connect).await?;
        let tried = tried.with_context(|| format!("connecting from {own} at {}", self.site.name))?;
        Ok(matches!(tried, Ok(Ok(_))))
    }

    /// Listens on a port of the host's IPv4 address: whoever gets through can connect.
    ///
    /// # Errors
    /// When that port is taken.
    pub async fn listen(&self, port: u16) -> anyhow::Result<TcpListener> {
        let address = SocketAddr::from((self.site.v4, port));
        let listener = self.namespace.run(TcpListener::bind(address)).await?;
        listener.with_context(|| format!("listening on {address}"))
    }
}
