#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use super::{
    failure::{blamed, unfetched},
    *,
};
use crate::{
    blocks::BlockSet,
    daemon::{
        clock::{Clock, Reading},
        engine::{Engine, Outcome, testing},
    },
    domain::{FileHash, Karma, PostId, Scope, TooLarge},
    fetch::{AttemptError, Claim, FailedAttempt, FetchError},
    store::{
        LogStore,
        database::{Database, path_in},
        testing::{child_with_small_disk, fill, folder_of_child},
    },
    trust::{Attitude, Doubt, Event},
};

const NEWCOMER: PeerKey = PeerKey([7; 32]);

/// A core that observes, so that only its disk can refuse anything.
fn parts(folder: &std::path::Path) -> (Core, Archive) {
    let database = Database::open(&path_in(folder)).unwrap();
    let logs = Arc::new(LogStore::open(&folder.join("logs"), 1 << 20).unwrap());
    let engine = testing::engine(BlockSet::new(Scope::Inbound));
    let core = Core::new(engine, Clock::new(Reading::take(), Timestamp::MIN), None, database.clone());
    (core, Archive::new(logs, Outbox::new(database), PeerKey([9; 32])))
}

#[tokio::test]
async fn a_post_whose_blocks_the_disk_did_not_take_is_not_applied_and_loses_no_chance_by_it() {
    let Some(folder) = folder_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "daemon::verify::tests::a_post_whose_blocks_the_disk_did_not_take_is_not_applied_and_loses_no_chance_by_it";
        assert!(child_with_small_disk(name, folder.path()).status().unwrap().success());
        return;
    };
    let (core, archive) = parts(&folder);
    let belief = Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let mut number = 0;
    let mut hear_next = || {
        number += 1;
        let id = PostId(FileHash::of(format!("{number}").as_bytes()).0);
        let (post, log) = (
            Signed::unchecked(Post { id, ..testing::post(core.now()) }),
            testing::log(&[("203.0.113.7", 3)]),
        );
        let (core, archive, belief) = (&core, &archive, belief.clone());
        async move { hear(core, archive, log, (&post, &testing::reporter()), Ok(belief)).await.map(|_| id) }
    };
    let filler = fill(&folder, "filler");
    // There is some room left in the file.
    let failure = loop {
        match hear_next().await {
            Ok(_) => continue,
            Err(failure) => break failure,
        }
    };
    assert!(failure.error.starts_with("remembering 203.0.113.7/32"), "{}", failure.error);
    assert_eq!(failure.fault.tries_left(2), 2);
    std::fs::remove_file(filler).unwrap();
    let post = hear_next().await.unwrap_or_else(|failure| panic!("{}", failure.error));
    let state = core.database().post(post).await.unwrap().unwrap().state;
    assert!(matches!(state, PostState::Applied { blocked, .. } if blocked.len() == 1));
}

/// Whether the log of a newcomer's post is kept, when this happened before.
async fn keeps_a_newcomers_log(before: impl FnOnce(&mut Engine, Timestamp) -> Outcome) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (core, archive) = parts(folder.path());
    core.decide(before).await.committed().unwrap();
    let newcomer = Peer { key: NEWCOMER, karma: Karma(0), ..testing::reporter() };
    let post = Signed::unchecked(Post { owner: NEWCOMER, ..testing::post(core.now()) });
    let (log, doubt) =
        (testing::log(&[("203.0.113.7", 3)]), Doubt::LowKarma { karma: Karma(0), needed: Karma(50) });
    let id = log.get().hash().log_id();
    let heard = hear(&core, &archive, log, (&post, &newcomer), Err(doubt)).await;
    assert!(matches!(heard, Ok(None)), "an agent that observes drops nothing");
    assert!(core.engine().await.docket().statement(post.get().id).is_some());
    let is_stored = archive.logs().read(id).unwrap().is_some();
    assert_eq!(core.database().receipt(id).await.unwrap().is_some(), is_stored);
    is_stored
}

#[tokio::test]
async fn the_log_of_a_newcomer_is_kept_when_it_is_liked_or_blocks_somebody_and_else_fills_no_disk() {
    let network = "203.0.113.7/32".parse().unwrap();
    assert!(!keeps_a_newcomers_log(|_, _| Outcome::default()).await);
    let saw = |engine: &mut Engine, seen| {
        engine.remember(&Event::Saw { network, seen });
        Outcome::default()
    };
    assert!(keeps_a_newcomers_log(saw).await, "it was right, and first");
    let pin = |engine: &mut Engine, now| engine.regard(NEWCOMER, Some(Attitude::Pinned), now);
    assert!(keeps_a_newcomers_log(pin).await, "the operator pinned it meanwhile");
}

#[test]
fn a_post_that_was_rejected_is_judged_anew_when_it_is_shown_with_another_time_and_an_applied_one_is_not() {
    let post = testing::post(Timestamp::UNIX_EPOCH);
    let belief = Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let rejected = PostState::Rejected { doubt: Doubt::Banned };
    let applied = PostState::Applied { belief, blocked: vec![], refused: vec![], waiting: vec![] };
    let redated = testing::post(Timestamp::MAX);
    let is_redated = |state, shown: &Post| {
        let seen = Timestamp::UNIX_EPOCH;
        is_redated(
            &PostRecord {
                post: post.clone(),
                seen,
                state,
                liked: false,
                disputed: None,
                is_dispute_queued: false,
            },
            shown,
        )
    };
    assert!(is_redated(rejected.clone(), &redated) && !is_redated(rejected, &post));
    assert!(!is_redated(applied, &redated));
    assert!(!is_redated(PostState::Rejected { doubt: Doubt::Retracted }, &redated));
}

#[test]
fn a_log_that_proves_nothing_gets_no_second_chance() {
    assert_eq!([Fault::Log, Fault::Way, Fault::Ledger].map(|fault| fault.tries_left(3)), [0, 2, 3]);
    assert_eq!(Fault::Way.tries_left(0), 0);
}

#[test]
fn a_post_that_failed_is_left_alone_for_minutes_however_often_it_is_shown() {
    let seen: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let record = |state| PostRecord {
        post: testing::post(seen),
        seen,
        state,
        liked: false,
        disputed: None,
        is_dispute_queued: false,
    };
    let failed = |tries_left| record(PostState::Failed { error: "no answer".into(), tries_left });
    let after = |minutes| seen + SignedDuration::from_mins(minutes);
    assert!(is_settled(&failed(3), seen) && is_settled(&failed(3), after(7)));
    assert!(!is_settled(&failed(3), after(8)), "the ledger shows it every ten minutes");
    assert!(!is_settled(&failed(3), after(-60)), "the clock was set back");
    assert!(is_settled(&failed(0), after(60)));
    let watched = PostState::Watched { doubt: Doubt::Unknown };
    assert!(!is_settled(&record(watched), seen), "it costs nothing to judge it again");
}

/// The failure of a peer in giving the log.
fn failed(claim: Claim, error: AttemptError) -> FailedAttempt {
    let (url, peer) = ("https://peer.example/logs/x".to_owned(), Some(PeerKey([1; 32])));
    let tries = u32::from(error.was_asked());
    FailedAttempt { url, peer, claim, tries, at: Timestamp::UNIX_EPOCH, error }
}

/// What is left of three chances when these were asked, all in vain.
fn left_after(attempts: Vec<(Claim, AttemptError)>) -> u32 {
    let attempts = attempts.into_iter().map(|(claim, error)| failed(claim, error)).collect();
    unfetched(&FetchError { file_hash: FileHash([7; 32]), attempts }).tries_left(3)
}

#[test]
fn a_post_is_not_given_up_because_a_place_is_hopeless() {
    let address = [10, 0, 0, 1].into();
    assert_eq!(left_after(vec![(Claim::Own, AttemptError::Internal { address })]), 2);
    let (expected, found) = (FileHash([7; 32]), FileHash([8; 32]));
    assert_eq!(left_after(vec![(Claim::Own, AttemptError::HashMismatch { expected, found })]), 2);
    let too_large = || AttemptError::TooLarge(TooLarge(11 << 20));
    for claim in [Claim::Vouched, Claim::Copy] {
        assert_eq!(left_after(vec![(claim, too_large())]), 2, "another peer may lie");
    }
    assert_eq!(left_after(vec![(Claim::Elsewhere, too_large())]), 2, "that is not the reporter's server");
    assert_eq!(left_after(vec![(Claim::Own, too_large())]), 0, "no log can be so large");
}

#[test]
fn a_post_loses_no_chance_when_nobody_was_asked_for_its_log_and_nobody_is_blamed() {
    let left_alone = || AttemptError::LeftAlone { address: [203, 0, 113, 7].into() };
    let no_turn = || AttemptError::NoTurn(Duration::from_secs(10));
    assert_eq!(left_after(vec![(Claim::Own, left_alone()), (Claim::Copy, no_turn())]), 3);
    let mixed = vec![(Claim::Own, AttemptError::PlainHttp), (Claim::Copy, left_alone())];
    assert_eq!(left_after(mixed), 2, "who names a server that is left alone does not make a post immortal");
    assert!(blamed(&failed(Claim::Own, left_alone())).is_none());
    assert!(blamed(&failed(Claim::Copy, no_turn())).is_none());
    assert!(blamed(&failed(Claim::Own, AttemptError::PlainHttp)).is_some());
}
