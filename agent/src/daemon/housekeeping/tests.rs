#![allow(clippy::unwrap_used)]

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    blocks::BlockSet,
    daemon::{
        clock::{Clock, Reading},
        engine::{Outcome, testing},
    },
    domain::{Origin, Reason, Scope},
    record::Record,
    store::database::Database,
};

const NETWORKS: u32 = 10_000;

/// A core that only observes, over a real database.
fn core(folder: &std::path::Path) -> Core {
    let engine = testing::engine(BlockSet::new(Scope::Inbound));
    let clock = Clock::new(Reading::take(), Timestamp::MIN);
    Core::new(engine, clock, None, Database::open(&folder.join("state.db")).unwrap())
}

fn network(number: u32) -> IpNetwork {
    std::net::IpAddr::from((0x0b00_0000 + number).to_be_bytes()).into()
}

fn reason(until: Timestamp) -> Reason {
    let origin = Origin::Manual { comment: "test".into() }.into();
    Reason { origin, events: 0, log: None, since: until - SignedDuration::from_hours(4), until }
}

/// The database holds this, as an earlier run left it.
async fn remember(core: &Core, reasons: impl IntoIterator<Item = (IpNetwork, Reason)>) {
    let records = reasons.into_iter().map(|(network, reason)| Record::Reason(network, reason)).collect();
    core.database().record(records).durable().await.unwrap();
}

async fn set_clock(core: &Core, by: SignedDuration) {
    let set =
        core.decide(|engine, now| Outcome { records: vec![engine.clock_set(by, now)], ..Outcome::default() });
    let _ = set.await;
}

/// How many reasons the database holds, ended or not.
async fn remembered(core: &Core) -> usize {
    let (mut number, mut chunks) = (0, core.database().reasons(Timestamp::MIN));
    while let Some(chunk) = chunks.next().await {
        number += chunk.unwrap().len();
    }
    number
}

#[tokio::test]
async fn whatever_happens_to_the_clock_while_the_ended_are_forgotten_no_block_is() {
    let folder = tempfile::tempdir().unwrap();
    let core = core(folder.path());
    let until = core.now() + SignedDuration::from_hours(2);
    let _ = core
        .decide(|engine, now| {
            engine.bring_back((0..NETWORKS).map(|n| (network(n), reason(until))).collect(), now)
        })
        .await;
    let ended = core.now() - SignedDuration::from_hours(2);
    remember(&core, (NETWORKS..2 * NETWORKS).map(|n| (network(n), reason(ended)))).await;
    // By a clock that is not set back yet, all of them have ended.
    let mut seen = core.database().ended_reasons(core.now() + SignedDuration::from_hours(3));
    set_clock(&core, SignedDuration::from_hours(-3)).await;
    while let Some(reasons) = seen.next().await {
        let reasons = reasons.unwrap();
        let _ = core.decide(|engine, _| engine.forget(reasons)).await;
    }
    assert_eq!(remembered(&core).await, NETWORKS as usize);
    assert_eq!(core.engine().await.blocks().len(), NETWORKS as usize);
}

#[tokio::test]
async fn what_ended_before_the_start_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let core = core(folder.path());
    let ended = core.now() - SignedDuration::from_hours(2);
    remember(&core, (0..NETWORKS).map(|n| (network(n), reason(ended)))).await;
    forget_ended(&core).await.unwrap();
    assert_eq!(remembered(&core).await, 0);
}

#[tokio::test]
async fn blocks_that_ended_only_by_a_clock_that_was_ahead_at_the_start_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let core = core(folder.path());
    let ago = |hours| core.now() - SignedDuration::from_hours(hours);
    let (lately, long_ago) = (reason(ago(2)), reason(ago(5)));
    let own = ("198.51.100.2/32".parse().unwrap(), lately.clone());
    remember(&core, [(network(1), lately.clone()), (network(2), long_ago), own]).await;
    set_clock(&core, SignedDuration::from_hours(-3)).await;
    bring_back(&core).await.unwrap();
    // This core's own clock was not set: by it, they have ended all the same.
    assert_eq!(core.engine().await.blocks().len(), 0);
    let stored = core.database().reasons(ago(3)).next().await.unwrap().unwrap();
    let back =
        core.decide(|engine, now| engine.bring_back(stored, now - SignedDuration::from_hours(3))).await;
    assert_eq!(back.committed().unwrap().blocked, [network(1)]);
    let block = core.engine().await.blocks().get(network(1)).unwrap();
    assert_eq!(
        block.until().as_millisecond(),
        lately.until.as_millisecond(),
        "it lasts as long as it was to"
    );
    assert_eq!(remembered(&core).await, 2, "what is protected by now has been forgotten");
}

#[tokio::test]
async fn only_a_file_can_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.log").display().to_string();
    assert!(is_gone(&file).await && !is_gone("journald").await);
    std::fs::write(&file, "").unwrap();
    assert!(!is_gone(&file).await);
}
