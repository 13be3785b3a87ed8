//! What follows from a verified log.

use std::time::Instant;

use jiff::Timestamp;

use super::failure::{Failure, Fault};
use crate::{
    daemon::{archive::Archive, core::Core, engine::Engine},
    domain::{MaliciousLog, Peer, Post},
    evidence::Verified,
    ledger::Signed,
    record::{PostRecord, PostState, Record, Witness},
    trust::{Belief, Doubt},
};

/// What is remembered of a post that was just dealt with.
pub(super) fn record(post: Post, state: PostState) -> PostRecord {
    PostRecord { post, seen: Timestamp::now(), state, liked: false, disputed: None, is_dispute_queued: false }
}

/// Does what follows from a verified log, remembers it together with what became of the post, and stores the log, so that
/// blocks can be explained after its reporter is gone. A newcomer fills no disk with what nobody needs: its log is kept when
/// it is liked, or somebody is blocked by its word. Tells since when the kernel drops whom it has blocked, if anybody.
pub(super) async fn hear(
    core: &Core,
    archive: &Archive,
    verified: Verified<MaliciousLog>,
    (signed, reporter): (&Signed<Post>, &Peer),
    belief: Result<Belief, Doubt>,
) -> Result<Option<Instant>, Failure> {
    let post = signed.get();
    let mut is_used = belief.is_ok();
    let decision = |engine: &mut Engine, now| {
        let mut outcome = engine.hear(&verified, post, reporter, now);
        is_used |= outcome.likes.contains(&post.id);
        let (blocked, waiting) = engine.came_of(post.id);
        is_used |= !blocked.is_empty();
        let refused = outcome.refused.iter().map(ToString::to_string).collect();
        let state = match belief {
            Ok(belief) => PostState::Applied { belief, blocked, refused, waiting },
            Err(doubt) => PostState::Heard { doubt },
        };
        outcome.records.insert(0, Record::Post(Box::new(record(post.clone(), state))));
        outcome
    };
    let done = core.decide(decision).await;
    let dropped_since = done.dropped_since();
    done.committed().map_err(|error| Failure::new(Fault::Own, error))?;
    if is_used {
        let from = Witness::Peer { reporter: post.owner, post: post.id };
        if let Err(error) = archive.keep(verified, from).await {
            tracing::warn!(post = %post.id, "keeping a verified log: {error}");
        }
    }
    Ok(dropped_since)
}
