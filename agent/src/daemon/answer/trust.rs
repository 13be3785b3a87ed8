//! What the operator thinks of peers.

use jiff::Timestamp;

use super::{Desk, failed, kept};
use crate::{
    control::{Answer, Failure, FailureKind, RegardView},
    domain::PeerKey,
    record::{Record, Regard},
    trust::{Attitude, Event},
};

impl Desk {
    /// Thinks otherwise of a peer from now on, and does at once what follows.
    pub(super) async fn regard(
        &self,
        peer: PeerKey,
        attitude: Option<Attitude>,
        comment: &str,
    ) -> Result<Answer, Failure> {
        if self.configured.contains(&peer) {
            let message =
                format!("{peer} stands in the config, as trust.trusted or trust.banned: change it there");
            return Err(Failure::new(FailureKind::Failed, message));
        }
        let record = attitude.map_or(Record::Disregarded(peer), |attitude| {
            Record::Regarded(Regard { peer, attitude, comment: kept(comment), since: Timestamp::now() })
        });
        let mut view = RegardView { peer, attitude, blocked: Vec::new(), released: Vec::new() };
        let decision = |engine: &mut crate::daemon::engine::Engine, now| {
            let mut outcome = engine.regard(peer, attitude, now);
            for event in &outcome.events {
                match event {
                    Event::Blocked { network, .. } => view.blocked.push(*network),
                    Event::Released { network } => view.released.push(*network),
                    _ => {}
                }
            }
            outcome.records.push(record);
            outcome
        };
        self.core.decide(decision).await.committed().map_err(failed)?;
        Ok(Answer::Regarded(view))
    }
}
