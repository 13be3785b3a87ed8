//! What a fetch may do.

use std::{net::IpAddr, sync::Arc, time::Duration};

use ipnetwork::IpNetwork;
use rustls::RootCertStore;

use crate::guard::{is_internal, plain};

/// What a fetch may do.
#[derive(Clone)]
pub struct FetchPolicy {
    /// Whether plain `http://` is good enough.
    pub allow_http: bool,
    /// Internal networks that may be connected to all the same.
    pub allow_internal: Vec<IpNetwork>,
    /// Which further addresses are our own network's, and so internal.
    pub is_own_network: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// The authorities whose certificates are accepted; besides those, only the peer's own key is.
    pub roots: Arc<RootCertStore>,
    /// How long one attempt may take, resumptions included.
    pub timeout: Duration,
    /// How long holders are asked, those that failed again and again; each at least once where none takes long, so that no
    /// time is enough for a single round. An attempt that has begun is not ended by it.
    pub patience: Duration,
    /// Downloads at a time.
    pub at_once: usize,
    /// Downloads at a time from one host, and of what one reporter posted: who is slow holds up only himself.
    pub at_once_per_host: usize,
}

impl Default for FetchPolicy {
    /// HTTPS only, nothing internal, the public authorities, 30 s an attempt and a minute in all, 8 downloads at a time, each
    /// of which may occupy 18 MB (the log and what unpacks it), and 4 from one host.
    fn default() -> Self {
        Self {
            allow_http: false,
            allow_internal: Vec::new(),
            is_own_network: Arc::new(|_| false),
            roots: Arc::new(RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())),
            timeout: Duration::from_secs(30),
            patience: Duration::from_secs(60),
            at_once: 8,
            at_once_per_host: 4,
        }
    }
}

impl FetchPolicy {
    /// Whether this very address may be connected to, and what it leads to when it stands for an IPv4 address.
    pub(super) fn may_connect(&self, address: IpAddr) -> bool {
        let forms = [address, plain(address)];
        let internal = is_internal(address) || forms.into_iter().any(|form| (self.is_own_network)(form));
        let allowed = |network: &IpNetwork| forms.into_iter().any(|form| network.contains(form));
        !internal || self.allow_internal.iter().any(allowed)
    }
}
