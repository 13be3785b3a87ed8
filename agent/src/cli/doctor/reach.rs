//! Whether peers find and reach this host, as far as that can be seen from within.

mod judge;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use url::Url;

use self::judge::{Facts, Probe};
use super::Check;
use crate::{
    config::Settings,
    control::StatusView,
    daemon,
    domain::host_of,
    fetch::{AttemptError, FetchPolicy, PageRequest, page},
    kernel,
    serve::INSTANCE_HEADER,
};

/// How long each step may take: somebody is waiting.
const PATIENCE: Duration = Duration::from_secs(8);

/// The checks of the public URL and of the port behind it.
pub(super) async fn checks(settings: &Settings, status: &StatusView) -> Vec<Check> {
    let Some(url) = status.reach.public_url.as_deref().and_then(|url| url.parse::<Url>().ok()) else {
        return judge::without_url(status.ledger.is_some());
    };
    let own = match kernel::watch().await {
        Ok(links) => links.borrow().addresses.clone(),
        Err(_) => Vec::new(),
    };
    let facts = Facts {
        resolved: resolve(&url).await,
        listens: listens(&status.listen).await,
        probe: probe(&url, status).await,
        own,
        has_tls: settings.serve.tls,
        url,
    };
    judge::with_url(&facts)
}

async fn resolve(url: &Url) -> Result<Vec<IpAddr>, String> {
    match timeout(PATIENCE, lookup_host((host_of(url), 0))).await {
        Ok(Ok(found)) => {
            let mut found: Vec<IpAddr> = found.map(|socket| socket.ip()).collect();
            found.sort_unstable();
            found.dedup();
            Ok(found)
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// Whether the server takes connections on this host.
async fn listens(addresses: &[SocketAddr]) -> bool {
    for address in addresses {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let here = SocketAddr::new(ip, address.port());
        if matches!(timeout(PATIENCE, TcpStream::connect(here)).await, Ok(Ok(_))) {
            return true;
        }
    }
    false
}

/// Asks as a peer would, and looks whether it is this server that answers.
async fn probe(url: &Url, status: &StatusView) -> Probe {
    let health = format!("{}/health", url.as_str().trim_end_matches('/'));
    let Ok(health) = health.parse::<Url>() else { return Probe::Silent("it is no URL".to_owned()) };
    let policy = FetchPolicy { timeout: PATIENCE, ..daemon::operators_policy() };
    match page(PageRequest { url: &health, authorization: None, pinned: Some(status.peer) }, &policy).await {
        Ok(page) => {
            let shown = page.headers.get(INSTANCE_HEADER).map(AsRef::as_ref);
            let expected = status.reach.instance.as_deref().map(str::as_bytes);
            if expected.is_some() && shown == expected {
                Probe::Us
            } else if shown.is_some() {
                Probe::AnotherAgent
            } else {
                Probe::SomethingElse(page.status)
            }
        }
        Err(error @ AttemptError::Untrusted { .. }) => Probe::Untrusted(error.to_string()),
        Err(error) => Probe::Silent(error.to_string()),
    }
}
