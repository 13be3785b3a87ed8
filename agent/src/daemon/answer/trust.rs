//! What the operator thinks of peers, and what another policy would have done.

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::{Desk, failed, kept};
use crate::{
    control::{Answer, Failure, FailureKind, RegardView, WhatIf},
    daemon::engine::Engine,
    domain::PeerKey,
    record::{Record, Regard},
    trust::{self, Attitude, Event},
};

impl Desk {
    /// What another policy would have made of all that is remembered.
    pub(super) async fn replay(&self, what_if: WhatIf) -> Result<Answer, Failure> {
        let (mut policy, me) = (self.core.engine().await.policy().clone(), self.me);
        let WhatIf { min_karma, min_reporters, pin, ban } = what_if;
        policy.min_karma = min_karma.unwrap_or(policy.min_karma);
        policy.min_reporters = min_reporters.unwrap_or(policy.min_reporters);
        pin.into_iter().for_each(|peer| policy.regard(peer, Some(Attitude::Pinned)));
        ban.into_iter().for_each(|peer| policy.regard(peer, Some(Attitude::Banned)));
        let (mut all, mut remembered) = (Vec::new(), self.core.database().events(Timestamp::MIN));
        while let Some(events) = remembered.next().await {
            all.extend(events.map_err(failed)?);
        }
        let replayed = spawn_blocking(move || trust::replay(&all, policy, me));
        replayed.await.map(Answer::Replayed).map_err(failed)
    }

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
        let decision = |engine: &mut Engine, now| {
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
