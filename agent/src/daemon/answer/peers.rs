//! Who takes part in the network.

use std::cmp::Reverse;

use super::{Desk, failed};
use crate::{
    control::{Answer, Failure, FailureKind, PeerDetails, PeerView},
    domain::{Peer, PeerKey},
};

impl Desk {
    pub(super) async fn peers(&self) -> Result<Answer, Failure> {
        let Some(ledger) = &self.ledger else {
            return Err(Failure::new(
                FailureKind::Failed,
                "this agent is standalone and has no peers; set ledger.rpc and ledger.program in the config to join a network",
            ));
        };
        let unreachable = |error| Failure::new(FailureKind::Unreachable, error);
        let mut peers = ledger.peers().await.map_err(unreachable)?;
        peers.sort_by_key(|peer| (Reverse(peer.karma), peer.key));
        let failures = self.core.database().failure_counts().await.map_err(failed)?;
        let mut views = Vec::with_capacity(peers.len());
        for peer in peers {
            let failures = failures.get(&peer.key).copied().unwrap_or_default();
            views.push(self.peer_view(peer, failures).await);
        }
        Ok(Answer::Peers(views))
    }

    /// One peer. What this agent remembers is shown also when the ledger cannot be asked.
    pub(super) async fn peer(&self, key: PeerKey) -> Result<Answer, Failure> {
        let failures = self.core.database().failures_of(key).await.map_err(failed)?;
        let (peer, trouble) = match &self.ledger {
            Some(ledger) => match ledger.peer(&key).await {
                Ok(peer) => (peer, None),
                Err(error) => (None, Some(error.to_string())),
            },
            None => (None, Some("this agent is standalone".to_owned())),
        };
        if peer.is_none() && trouble.is_none() && failures.number == 0 {
            return Err(Failure::new(FailureKind::NotFound, format!("the ledger knows no peer {key}")));
        }
        let ledger = match peer {
            Some(peer) => Some(self.peer_view(peer, failures.number).await),
            None => None,
        };
        Ok(Answer::Peer(Box::new(PeerDetails { key, ledger, trouble, failures })))
    }

    async fn peer_view(&self, peer: Peer, failures: u64) -> PeerView {
        let engine = self.core.engine().await;
        let belief = engine.policy().belief(&peer.key, Some((&peer).into()));
        let attitude = engine.policy().attitude(&peer.key);
        let believed = belief.is_ok();
        let why = belief.map_or_else(|doubt| doubt.to_string(), |belief| belief.to_string());
        PeerView { me: peer.key == self.me, believed, why, attitude, failures, peer }
    }
}
