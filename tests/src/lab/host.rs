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
    pub(super) async fn connect(
        site: &'static Site,
        internet: &Namespace,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let namespace = Namespace::create().await?;
        let Site { name, v4, v4_prefix, gateway_v4, v6, gateway_v6, more_v4 } = site;
        internet
            .configure_network(&format!(
                "link add to-{name} type veth peer name eth0 netns {}
                 address add {gateway_v4}/{v4_prefix} dev to-{name}
                 address add {gateway_v6}/64 dev to-{name}
                 link set to-{name} up",
                namespace.path()
            ))
            .await?;
        let more: String =
            more_v4.iter().map(|ip| format!("address add {ip}/{v4_prefix} dev eth0\n")).collect();
        namespace
            .configure_network(&format!(
                "link set lo up
                 address add {v4}/{v4_prefix} dev eth0
                 {more}
                 address add {v6}/64 dev eth0
                 link set eth0 up
                 route add default via {gateway_v4}
                 route add ::/0 via {gateway_v6}"
            ))
            .await?;
        let directory = directory.join(name);
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
