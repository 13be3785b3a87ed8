//! The client that downloads peers' logs.

use std::sync::Arc;

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
