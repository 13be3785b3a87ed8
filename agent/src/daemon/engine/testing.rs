//! An engine and what happens to it, for tests.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    detect::{
        Settings,
        testing::{evidence, failed_login},
    },
    domain::{FileHash, Karma, MaliciousLog, Peer, PeerKey, Post, PostId},
    evidence::{self, Verified},
    guard::Protected,
    trust::{Docket, Quorum},
};

/// The posts are of this moment.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_399_200 + second).unwrap()
}

/// The operator's order to block a network for so many hours.
pub(crate) fn order(network: &str, hours: i64) -> Order {
    let (network, duration) = (network.parse().unwrap(), SignedDuration::from_hours(hours));
    Order { network, duration, comment: "test".into(), from: None }
}

/// An engine with these blocks, whose host is 198.51.100.2.
pub(crate) fn engine(blocks: BlockSet) -> Engine {
    let hours = SignedDuration::from_hours;
    let policy = Policy {
        min_karma: Karma(50),
        min_events: 3,
        max_attackers: 2,
        max_age: hours(24),
        min_reporters: Quorum::Auto,
        lasts: hours(4),
        pinned: BTreeSet::new(),
        banned: BTreeSet::new(),
    };
    let escalation = Escalation { first: hours(4), growth: 2, longest: hours(24), forget_after: hours(24) };
    let claimed_for = SignedDuration::from_mins(10);
    let rules = Rules { escalation, claimed_for, capacity: 20_000, ipv6_prefix: 64 };
    let detect = Settings { max_tracked: 100, ..Settings::default() };
    let guard =
        Guard::new(Protected { addresses: vec!["198.51.100.2".parse().unwrap()], ..Protected::default() });
    let mut docket = Docket::new(policy, PeerKey([9; 32]));
    let _ = docket.meet(&vec![reporter()].into());
    Engine::new(rules, guard, Detector::new(detect), blocks, docket)
}

/// Who posts: a peer that is believed.
pub(crate) fn reporter() -> Peer {
    let (key, endpoint) = (PeerKey([2; 32]), "https://peer-a.example:9000".to_owned());
    Peer { key, active: true, karma: Karma(60), endpoint, joined: Timestamp::UNIX_EPOCH }
}

/// Takes back every reason for which `goes` holds.
pub(crate) fn retract(engine: &mut Engine, goes: impl Fn(&Origin) -> bool, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let networks: Vec<IpNetwork> = engine.blocks.networks(|_, origin| goes(origin)).collect();
    for network in networks {
        engine.take_back(network, &goes, &mut outcome);
        engine.note_offence(network, now, &mut outcome);
    }
    outcome
}

/// So many failed log-ins from `address`, one a second.
pub(crate) fn attack(engine: &mut Engine, address: &str, since: i64, events: i64) -> Outcome {
    let mut outcome = Outcome::default();
    for second in since..since + events {
        engine.observe(&failed_login(address, at(second)), evidence, at(second), &mut outcome);
    }
    outcome
}

/// A believed peer posts at `posted` a log with so many failed log-ins of each, which arrives at `now`.
pub(crate) fn accuse(
    engine: &mut Engine,
    attackers: &[(&str, usize)],
    (posted, now): (Timestamp, Timestamp),
) -> Outcome {
    let log = log(attackers);
    let id = PostId(FileHash::of(format!("{posted} {}", log.get().hash()).as_bytes()).0);
    engine.hear(&log, &Post { id, ..post(posted) }, &reporter(), now)
}

/// A post of this time.
pub(crate) fn post(timestamp: Timestamp) -> Post {
    Post {
        id: PostId([3; 32]),
        owner: PeerKey([2; 32]),
        log_url: "https://peer-a.example:9000/logs/00112233445566aa".parse().unwrap(),
        file_hash: FileHash([4; 32]),
        timestamp,
        likes: 0,
        disputes: 0,
        retracted: false,
        cycle: 0,
        mirrors: vec![],
    }
}

/// A log with so many failed log-ins of each.
pub(crate) fn log(attackers: &[(&str, usize)]) -> Verified<MaliciousLog> {
    let lines = attackers.iter().flat_map(|(address, events)| {
        std::iter::repeat_n(
            format!("sshd[1]: Failed password for user from {address} port 4711 ssh2\n"),
            *events,
        )
    });
    let log = MaliciousLog::new(lines.collect::<String>().into_bytes()).unwrap();
    let hash = log.hash();
    evidence::verify(log, hash).unwrap()
}
