#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::{
    blocks::BlockSet,
    daemon::{
        clock::{Clock, Reading},
        engine::testing,
    },
    domain::{FileHash, Karma, PostId, Scope, TooLarge},
    fetch::{AttemptError, FailedAttempt, FetchError},
    store::{
        LogStore,
        database::{Database, path_in},
        testing::{child_with_small_disk, fill, folder_of_child},
    },
};

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
        let (post, log) = (Post { id, ..testing::post(core.now()) }, testing::log(&[("203.0.113.7", 3)]));
        let (core, archive, belief) = (&core, &archive, belief.clone());
        async move { hear(core, archive, log, (&post, &testing::reporter()), Ok(belief)).await.map(|()| id) }
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

#[test]
fn a_log_that_proves_nothing_gets_no_second_chance() {
    assert_eq!([Fault::Log, Fault::Way].map(|fault| fault.tries_left(3)), [0, 2]);
    assert_eq!(Fault::Way.tries_left(0), 0);
}

/// What is left of three chances when these were asked, all in vain.
fn left_after(attempts: Vec<(u8, AttemptError)>) -> u32 {
    let failed = |(peer, error)| FailedAttempt {
        url: "https://peer.example/logs/x".into(),
        peer: Some(PeerKey([peer; 32])),
        tries: 1,
        at: Timestamp::UNIX_EPOCH,
        error,
    };
    let attempts = attempts.into_iter().map(failed).collect();
    unfetched(&FetchError { file_hash: FileHash([7; 32]), attempts }, PeerKey([1; 32])).tries_left(3)
}

#[test]
fn a_post_is_not_given_up_because_a_place_is_hopeless() {
    let address = [10, 0, 0, 1].into();
    assert_eq!(left_after(vec![(1, AttemptError::Internal { address })]), 2);
    let (expected, found) = (FileHash([7; 32]), FileHash([8; 32]));
    assert_eq!(left_after(vec![(1, AttemptError::HashMismatch { expected, found })]), 2);
    let too_large = || AttemptError::TooLarge(TooLarge(11 << 20));
    assert_eq!(left_after(vec![(1, AttemptError::PlainHttp), (2, too_large())]), 2, "another peer may lie");
    assert_eq!(left_after(vec![(1, too_large())]), 0, "no log can be so large");
}

#[test]
fn who_is_left_alone_for_now_loses_no_chance_by_it_and_is_not_blamed() {
    let address = [203, 0, 113, 7].into();
    let left_alone = || AttemptError::LeftAlone { address };
    assert_eq!(left_after(vec![(1, AttemptError::PlainHttp), (2, left_alone())]), 3);
    let (url, peer) = ("https://peer.example/logs/x".to_owned(), Some(PeerKey([1; 32])));
    let attempt = FailedAttempt { url, peer, tries: 0, at: Timestamp::UNIX_EPOCH, error: left_alone() };
    assert!(blamed(&attempt).is_none());
    assert!(blamed(&FailedAttempt { error: AttemptError::PlainHttp, ..attempt }).is_some());
}
