#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    blocks::BlockSet,
    daemon::{
        clock::{Clock, Reading},
        engine::testing,
    },
    domain::{Karma, Scope},
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
    let post = Signed::unchecked(testing::post(core.now()));
    let belief = Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let log = || testing::log(&[("203.0.113.7", 3)]);
    let filler = fill(&folder, "filler");
    // There is some room left in the file.
    let failure = loop {
        match block(&core, &archive, log(), (&post, belief.clone())).await {
            Ok(_) => continue,
            Err(failure) => break failure,
        }
    };
    assert!(failure.error.starts_with("remembering 203.0.113.7/32"), "{}", failure.error);
    assert_eq!(failure.fault.tries_left(2), 2);
    std::fs::remove_file(filler).unwrap();
    let state = block(&core, &archive, log(), (&post, belief.clone())).await;
    assert!(matches!(state, Ok(PostState::Applied { blocked, .. }) if blocked.len() == 1));
}

#[test]
fn a_post_that_was_rejected_is_judged_anew_when_it_is_shown_with_another_time_and_an_applied_one_is_not() {
    let post = testing::post(Timestamp::UNIX_EPOCH);
    let belief = Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let rejected = PostState::Rejected { doubt: trust::Doubt::Banned };
    let applied = PostState::Applied { belief, blocked: vec![], refused: vec![] };
    let redated = testing::post(Timestamp::MAX);
    let is_redated = |state, shown: &Post| {
        let seen = Timestamp::UNIX_EPOCH;
        is_redated(&PostRecord { post: post.clone(), seen, state, liked: false }, shown)
    };
    assert!(is_redated(rejected.clone(), &redated) && !is_redated(rejected, &post));
    assert!(!is_redated(applied, &redated));
}

#[test]
fn a_log_that_proves_nothing_gets_no_second_chance() {
    assert_eq!([Fault::Log, Fault::Way, Fault::Ledger].map(|fault| fault.tries_left(3)), [0, 2, 3]);
    assert_eq!(Fault::Way.tries_left(0), 0);
}
