//! A desk that takes posts back, whose agent cannot reach the ledger.

use super::{
    posting::{LINE, post_of, posting, publish, queued},
    *,
};
use crate::{
    control::{RetractionState, RetractionView},
    record::{Outgoing, PostRecord, PostState},
};

const ID: PostId = PostId([5; 32]);

async fn retract(desk: &Desk) -> Result<RetractionState, Failure> {
    match desk.answer(Request::Retract { id: ID }).await {
        Answer::Retracted(RetractionView { post: ID, state }) => Ok(state),
        Answer::Failed(failure) => Err(failure),
        other => panic!("{other:?}"),
    }
}

/// A desk that remembers this of the post.
async fn desk_knowing(folder: &TempDir, state: PostState, owner: PeerKey) -> Desk {
    let (mut desk, _url) = posting(folder, &[]).await;
    desk.ledger = desk.viewer.posting.as_ref().map(|(ledger, _)| Arc::clone(ledger));
    let post = post_of(owner);
    let record = PostRecord {
        post,
        seen: Timestamp::UNIX_EPOCH,
        state,
        liked: false,
        disputed: None,
        is_dispute_queued: false,
    };
    desk.core.database().record(vec![Record::Post(Box::new(record))]).durable().await.unwrap();
    desk
}

#[tokio::test]
async fn an_own_post_is_taken_back_once_however_often_it_is_asked_and_its_log_is_not_published_again() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk_knowing(&folder, PostState::Own { tx: None }, PeerKey([9; 32])).await;
    for _ in 0..2 {
        assert_eq!(retract(&desk).await.unwrap(), RetractionState::Queued);
        assert_eq!(queued(&desk).await, [Outgoing::Retract { post: ID }]);
    }
    let done = vec![Record::Retracted(ID), Record::OutgoingDone(1)];
    desk.core.database().record(done).durable().await.unwrap();
    assert_eq!(retract(&desk).await.unwrap(), RetractionState::Before);
    assert_eq!(queued(&desk).await, []);
    let log = control::Attachment::new(LINE.into());
    let Answer::Failed(failure) = desk.answer(Request::Publish { log, redact: false }).await else {
        panic!("published")
    };
    assert!(failure.message.contains("took its post"), "{failure}");
}

#[tokio::test]
async fn a_post_of_somebody_elses_a_retired_and_an_unknown_one_are_not_taken_back_and_it_is_said_why() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk_in(&folder, &[], &[]).await;
    let unknown = retract(&desk).await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::NotFound);
    let at = Timestamp::UNIX_EPOCH;
    for (state, owner, why) in [
        (PostState::Own { tx: None }, PeerKey([8; 32]), "only its owner can"),
        (PostState::Retired { tx: None, at }, PeerKey([9; 32]), "ended it at 1970-01-01T00:00:00Z"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk_knowing(&folder, state, owner).await;
        let failure = retract(&desk).await.unwrap_err();
        assert!(failure.kind == FailureKind::Failed && failure.message.contains(why), "{failure}");
        assert_eq!(queued(&desk).await, []);
    }
}

#[tokio::test]
async fn a_retired_posts_log_can_be_published_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let desk = desk_knowing(&folder, PostState::Retired { tx: None, at }, PeerKey([9; 32])).await;
    assert_eq!(publish(&desk, LINE, false).await.post, None);
    assert_eq!(queued(&desk).await.len(), 1);
}
