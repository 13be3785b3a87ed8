//! The peers that a benchmark's servers know.

use std::collections::HashSet;

use async_trait::async_trait;
use sentinel_agent::{
    domain::PeerKey,
    serve::{DirectoryUnavailable, PeerDirectory},
};

/// The active peers, all of them known by heart.
#[derive(Clone, Debug)]
pub struct KnownPeers(pub HashSet<PeerKey>);

#[async_trait]
impl PeerDirectory for KnownPeers {
    fn remembered(&self, key: &PeerKey) -> Option<bool> {
        Some(self.0.contains(key))
    }

    async fn is_active(&self, key: &PeerKey) -> Result<bool, DirectoryUnavailable> {
        Ok(self.0.contains(key))
    }
}
