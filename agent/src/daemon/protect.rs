//! Keeps the guard informed about what it protects.

use std::{net::IpAddr, sync::Arc};

use ipnetwork::IpNetwork;
use tokio::{net::lookup_host, sync::watch};

use super::core::Core;
use crate::{config::Settings, guard::Protected, kernel::Links};

/// The host's resolvers, as the C library reads them.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// What does not change while the agent runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Constant {
    ledger: Vec<IpAddr>,
    allowed: Vec<IpNetwork>,
}

impl Constant {
    /// Reads it from the settings; host names are resolved, and one that does not resolve protects nothing.
    pub(super) async fn from_settings(settings: &Settings) -> Self {
        let mut ledger = Vec::new();
        for endpoint in [&settings.ledger.rpc, &settings.ledger.websocket].into_iter().flatten() {
            let host =
                endpoint.0.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            match lookup_host((host, endpoint.0.port_or_known_default().unwrap_or(443))).await {
                Ok(addresses) => ledger.extend(addresses.map(|address| address.ip())),
                Err(error) => tracing::warn!("resolving the ledger's host {host}: {error}"),
            }
        }
        Self { ledger, allowed: settings.guard.allow.clone() }
    }

    /// Everything that is protected, given the addresses and routes of the moment.
    #[must_use]
    pub(super) fn with(&self, links: &Links) -> Protected {
        Protected {
            addresses: links.addresses.clone(),
            on_link: links.on_link.clone(),
            gateways: links.gateways.clone(),
            resolvers: resolvers(&std::fs::read_to_string(RESOLV_CONF).unwrap_or_default()),
            ledger: self.ledger.clone(),
            sessions: Vec::new(),
            allowed: self.allowed.clone(),
        }
    }
}

/// The addresses in a `resolv.conf`.
fn resolvers(text: &str) -> Vec<IpAddr> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .filter_map(|rest| rest.split_whitespace().next()?.split('%').next()?.parse().ok())
        .collect()
}

/// Follows the host's addresses and routes, and lets go at once of what has become protected.
pub(super) async fn run(core: &Core, constant: Arc<Constant>, mut links: watch::Receiver<Links>) {
    while links.changed().await.is_ok() {
        let protected = constant.with(&links.borrow_and_update());
        let decision = core.decide(|engine, _| {
            engine.guard_mut().protect(protected);
            engine.release_protected()
        });
        match decision.await.committed {
            Ok(()) => tracing::debug!("addresses or routes changed"),
            Err(error) => tracing::error!("letting go of what is protected by now: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolvers_are_read_as_the_c_library_reads_them() {
        let text =
            "# comment\nnameserver 9.9.9.9\n nameserver\tfe80::1%eth0 # router\nsearch lan\nnameserver x\n";
        assert_eq!(resolvers(text), ["9.9.9.9".parse::<IpAddr>().unwrap(), "fe80::1".parse().unwrap()]);
    }
}
