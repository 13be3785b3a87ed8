//! A host of the lab: a namespace with addresses behind the router, and a folder for its files.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use tokio::{net::TcpStream, time::timeout};

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
        let there = SocketAddr::new(ip.into(), port);
        let tried =
            self.namespace.run(async move { timeout(CONNECT, TcpStream::connect(there)).await }).await?;
        Ok(matches!(tried, Ok(Ok(_))))
    }
}
