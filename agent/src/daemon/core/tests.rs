#![allow(clippy::unwrap_used)]

use jiff::SignedDuration;

use super::*;
use crate::{
    blocks::BlockSet,
    daemon::engine::testing,
    detect::testing::{evidence, failed_login},
    domain::{Scope, SourceClass},
    store::database::StoredReason,
};

struct Bed {
    core: Core,
    folder: tempfile::TempDir,
}

/// A core that observes, with a real database.
fn bed() -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("state.db")).unwrap();
    let engine = testing::engine(BlockSet::new(Scope::Inbound));
    Bed { core: Core::new(engine, Clock::new(Reading::take(), Timestamp::MIN), None, database), folder }
}

/// What the database holds of unexpired blocks at that time.
async fn stored(core: &Core, at: Timestamp) -> Vec<StoredReason> {
    let (mut all, mut chunks) = (Vec::new(), core.database().reasons(at));
    while let Some(chunk) = chunks.next().await {
        all.extend(chunk.unwrap());
    }
    all
}

/// Blocks networks for four hours.
fn block(engine: &mut Engine, networks: &[String], now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    for network in networks {
        engine.block_manually(testing::order(network, 4), now, &mut outcome).unwrap();
    }
    outcome
}

#[tokio::test]
async fn who_only_observes_decides_shows_and_remembers_what_it_would_block_posts_of_peers_included() {
    let Bed { core, folder: _folder } = bed();
    assert!(core.observes());
    let own = core.decide(|engine, now| {
        let mut outcome = Outcome::default();
        for _ in 0..5 {
            engine.observe(&failed_login("203.0.113.7", now), evidence, now, &mut outcome);
        }
        outcome
    });
    let own = own.await;
    let own = own.committed().unwrap();
    assert_eq!((own.blocked.len(), own.detections.len()), (1, 1));
    let peers = core.decide(|engine, now| testing::accuse(engine, &[("203.0.113.8", 3)], (now, now)));
    assert_eq!(peers.await.committed().unwrap().blocked.len(), 1);
    let engine = core.engine().await;
    let blocks = engine.blocks();
    assert_eq!((blocks.count(SourceClass::Local), blocks.count(SourceClass::Peer)), (1, 1));
    assert_eq!(stored(&core, Timestamp::now()).await.len(), 2);
}

#[tokio::test]
async fn a_thousand_networks_in_one_piece_are_all_remembered() {
    let Bed { core, folder: _folder } = bed();
    let networks: Vec<String> = (0..1000).map(|n| format!("203.0.{}.{}", n / 250, n % 250)).collect();
    let done = core.decide(|engine, now| block(engine, &networks, now)).await;
    assert_eq!(done.committed().unwrap().blocked.len(), 1000);
    assert_eq!(stored(&core, Timestamp::now()).await.len(), 1000);
}

#[tokio::test]
async fn what_was_decided_before_the_clock_was_set_is_restored_with_the_time_it_had_left() {
    let Bed { core, folder: _folder } = bed();
    let networks = ["203.0.113.7".to_owned()];
    core.decide(|engine, now| block(engine, &networks, now)).await.committed().unwrap();
    let by = SignedDuration::from_hours(-1000);
    let set =
        core.decide(|engine, now| Outcome { records: vec![engine.clock_set(by, now)], ..Outcome::default() });
    set.await.committed().unwrap();
    let block = core.engine().await.blocks().get("203.0.113.7".parse().unwrap()).unwrap();
    let stored = stored(&core, Timestamp::now() + by).await;
    assert_eq!(stored, [(block.network, block.reasons[0].clone())]);
    assert_eq!(block.until().duration_since(block.since()), SignedDuration::from_hours(4));
}
