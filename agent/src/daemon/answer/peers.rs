//! Who takes part in the network.

use super::Desk;
use crate::{
    control::{Answer, Failure, FailureKind, PeerView},
    domain::Peer,
};

impl Desk {
    pub(super) async fn peers(&self) -> Result<Answer, Failure> {
        let Some((ledger, _)) = &self.ledger else {
            return Err(Failure::new(
                FailureKind::Failed,
                "this agent is standalone and has no peers; set ledger.rpc and ledger.program in the config to join a network",
            ));
        };
        let unreachable = |error| Failure::new(FailureKind::Unreachable, error);
        let mut peers = ledger.peers().await.map_err(unreachable)?;
        peers.sort_by_key(|peer| (std::cmp::Reverse(peer.karma), peer.key));
        let engine = self.core.engine().await;
        let policy = &engine.rules().policy;
        let view = |peer: Peer| PeerView { me: peer.key == self.me, believed: policy.believes(&peer), peer };
        Ok(Answer::Peers(peers.into_iter().map(view).collect()))
    }
}
