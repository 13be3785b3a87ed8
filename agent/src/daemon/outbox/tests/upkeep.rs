//! What nobody waits for, and what the operator takes back.

use super::*;
use crate::trust::Dispute;

fn upkeep() -> [Outgoing; 3] {
    let (own, judged) = (post(4), post(5));
    [Outgoing::Retire { post: own }, Outgoing::CloseVerdicts { post: judged }, Outgoing::AdvanceCycle]
}

/// An own post, one that was liked and disputed, and their upkeep, queued.
fn records() -> Vec<Record> {
    let (own, _) = published(None);
    let error = "no line of the log proves an attack".to_owned();
    let judged = PostRecord {
        post: Post { id: post(5), ..own.post.clone() },
        state: PostState::Rejected { doubt: crate::trust::Doubt::Retracted },
        liked: true,
        disputed: Some(Dispute::NoEvidence { error }),
        is_dispute_queued: true,
        ..own.clone()
    };
    let known = [own, judged].map(|record| Record::Post(Box::new(record)));
    known.into_iter().chain(upkeep().map(Record::Outgoing)).collect()
}

async fn with_rent(sender: &Sender) -> Vec<u8> {
    let (mut chunks, mut posts) = (sender.database.posts_with_rent(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        posts.extend(chunk.unwrap().into_iter().map(|record| record.post.id.0[0]));
    }
    posts
}

#[tokio::test]
async fn upkeep_goes_when_nothing_else_is_left_and_is_remembered() {
    let program = Program::of(FIRST);
    let (sender, _folder) = sender(Arc::clone(&program), records()).await;
    assert!(sender.send_all().await.unwrap());
    assert_eq!(*program.done.lock().unwrap(), <[String; 0]>::default());
    sender.idle(Duration::ZERO).await;
    assert_eq!(*program.done.lock().unwrap(), ["retired 4", "closed Like 5", "closed Dispute 5", "advanced"]);
    assert_eq!(sender.database.waiting().await.unwrap(), 0);
    assert!(with_rent(&sender).await.is_empty());
}

#[tokio::test]
async fn upkeep_that_is_refused_for_now_leaves_the_queue_and_is_found_due_again() {
    let refusal = Some(Refusal::StillCounted);
    let (sender, _folder) = sender(Arc::new(Program { refusal, ..Program::at(FIRST) }), records()).await;
    sender.idle(Duration::ZERO).await;
    assert_eq!(sender.database.waiting().await.unwrap(), 0);
    assert_eq!(with_rent(&sender).await, [4, 5]);
}

#[tokio::test]
async fn upkeep_that_is_refused_for_good_is_not_tried_for_ever() {
    let refusal = Some(Refusal::ForeignPost);
    let (sender, _folder) = sender(Arc::new(Program { refusal, ..Program::at(FIRST) }), records()).await;
    sender.idle(Duration::ZERO).await;
    assert!(with_rent(&sender).await.is_empty());
}

#[tokio::test]
async fn a_post_that_was_taken_back_is_remembered_as_such() {
    let (known, _) = published(None);
    let id = known.post.id;
    let records = vec![Record::Post(Box::new(known)), Record::Outgoing(Outgoing::Retract { post: id })];
    let (sender, _folder) = sender(Program::of(FIRST), records).await;
    assert!(sender.send_all().await.unwrap());
    assert!(sender.database.post(id).await.unwrap().unwrap().post.retracted);
}

#[tokio::test]
async fn a_log_that_is_posted_again_after_its_post_was_retired_has_a_post_again() {
    let (known, records) = published(None);
    let retired = Record::Retired(known.post.id, Timestamp::UNIX_EPOCH);
    let records = records.into_iter().chain([retired]).collect();
    let (sender, _folder) = sender(Program::of(FIRST), records).await;
    assert!(sender.send_all().await.unwrap());
    let again = sender.database.post(known.post.id).await.unwrap().unwrap();
    assert_eq!((again.state, again.post.likes), (PostState::Own { tx: None }, 0));
}
