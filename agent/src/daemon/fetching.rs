//! Whom this host may connect to, and how: for peers' logs, and for servers that the operator named.

use std::{net::IpAddr, sync::Arc};

use ipnetwork::IpNetwork;
use tokio::sync::watch;

use crate::{config::FetchSettings, fetch::FetchPolicy, kernel::Links};

/// How logs are fetched on a host with these addresses and networks, which are never connected to.
pub fn fetch_policy(section: &FetchSettings, links: watch::Receiver<Links>) -> FetchPolicy {
    FetchPolicy {
        allow_http: section.allow_http,
        allow_internal: section.allow_internal.clone(),
        is_own_network: Arc::new(move |address| {
            let links = links.borrow();
            links.addresses.contains(&address)
                || links.on_link.iter().any(|network: &IpNetwork| network.contains(address))
        }),
        ..FetchPolicy::default()
    }
}

/// How servers are asked that the operator named: also in the own network, and in the clear where the config says so.
#[must_use]
pub fn operators_policy() -> FetchPolicy {
    let everywhere = [IpNetwork::from(IpAddr::from([0; 4])), IpNetwork::from(IpAddr::from([0; 16]))];
    let everywhere = everywhere.map(|any| IpNetwork::new(any.ip(), 0).unwrap_or(any));
    FetchPolicy { allow_http: true, allow_internal: everywhere.to_vec(), ..FetchPolicy::default() }
}
