//! Fetching a malicious log from a peer, or from whoever mirrors it.
//!
//! Whatever a post says is a stranger's word: where it points may be our own network, what answers there may lie
//! about everything, and the only thing that makes the bytes the log is their hash. So an attempt trusts
//! nothing, is bounded in time and size, and when it fails, for whatever reason, the next source is tried.

mod attempt;
mod error;
mod tls;

use std::{net::IpAddr, sync::Arc, time::Duration};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rustls::RootCertStore;

use crate::{
    domain::{MaliciousLog, PeerKey, Post},
    guard::is_internal,
    identity::Identity,
};

#[cfg(test)]
mod tests;

pub use error::{AttemptError, FailedAttempt, FetchError};

/// Most places that are tried for one post.
const MAX_SOURCES: usize = 8;

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
    /// How long one attempt may take.
    pub timeout: Duration,
}

impl Default for FetchPolicy {
    /// HTTPS only, nothing internal, the public authorities, 30 s.
    fn default() -> Self {
        Self {
            allow_http: false,
            allow_internal: Vec::new(),
            is_own_network: Arc::new(|_| false),
            roots: Arc::new(RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())),
            timeout: Duration::from_secs(30),
        }
    }
}

impl FetchPolicy {
    fn may_connect(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let internal = is_internal(address) || (self.is_own_network)(address);
        !internal || self.allow_internal.iter().any(|network| network.contains(address))
    }
}

/// Downloads the logs that posts point at.
pub struct Fetcher {
    identity: Arc<Identity>,
    policy: FetchPolicy,
}

impl Fetcher {
    /// A fetcher that signs its requests as `identity`.
    #[must_use]
    pub fn new(identity: Arc<Identity>, policy: FetchPolicy) -> Self {
        Self { identity, policy }
    }

    /// Fetches the log of `post`: from where its owner serves it, else from its mirrors, one after the other.
    ///
    /// What it returns hashes to what the ledger says. A signature is good once: whoever fetches the same post
    /// again passes a `now` that is at least a second later.
    ///
    /// # Errors
    /// When no source gave the log; the error holds every attempt.
    pub async fn fetch(&self, post: &Post, now: Timestamp) -> Result<MaliciousLog, FetchError> {
        let mut attempts: Vec<FailedAttempt> = Vec::new();
        let sources = std::iter::once(&post.log_url).chain(&post.mirror_urls);
        for url in sources.take(MAX_SOURCES) {
            if attempts.iter().any(|attempt| attempt.url == *url) {
                continue;
            }
            match self.attempt(url, post, now).await {
                Ok(log) => return Ok(log),
                Err(error) => attempts.push(FailedAttempt { url: url.clone(), error }),
            }
        }
        Err(FetchError { file_hash: post.file_hash, attempts })
    }

    async fn attempt(&self, url: &str, post: &Post, now: Timestamp) -> Result<MaliciousLog, AttemptError> {
        let pinned: [PeerKey; 1] = [post.owner];
        let timeout = self.policy.timeout;
        let log = attempt::download(url, &self.identity, &self.policy, &pinned, now.as_second());
        let log = tokio::time::timeout(timeout, log).await.map_err(|_| AttemptError::TimedOut(timeout))??;
        if log.hash() != post.file_hash {
            return Err(AttemptError::HashMismatch { expected: post.file_hash, found: log.hash() });
        }
        Ok(log)
    }
}
