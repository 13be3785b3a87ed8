#![allow(clippy::unwrap_used)]

mod draws;
mod likes;
mod properties;
mod replay;
mod rulings;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::{Census, FileHash, Karma, Peer, PeerKey, PostId};

const ME: PeerKey = PeerKey([0; 32]);

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + hour * 3600).unwrap()
}

fn policy() -> Policy {
    Policy {
        min_karma: Karma(50),
        min_reporters: Quorum::Auto,
        min_events: 3,
        max_attackers: 1000,
        max_age: SignedDuration::from_hours(24),
        lasts: SignedDuration::from_hours(4),
        pinned: [].into(),
        banned: [].into(),
    }
}

fn key(number: u8) -> PeerKey {
    PeerKey([number; 32])
}

fn peer(number: u8, karma: u64) -> Peer {
    Peer { key: key(number), active: true, karma: Karma(karma), endpoint: String::new(), joined: at(0) }
}

/// The attacker with this number.
fn attacker(number: u8) -> IpNetwork {
    format!("203.0.113.{number}/32").parse().unwrap()
}

/// What the reporter's post number `post` says, made at this hour and heard when its karma was 60.
fn says(reporter: u8, post: u8, hour: i64, attackers: &[u8]) -> Statement {
    let id = PostId([reporter, post].repeat(16).try_into().unwrap());
    let accused = attackers.iter().map(|number| Accused { network: attacker(*number), events: 3 });
    Statement::new(id, (key(reporter), Karma(60)), FileHash([post; 32]), at(hour)).about(accused.collect())
}

/// A docket with peers 1 to `believed` of karma 60, and from there on to 200 newcomers.
fn docket(believed: u8) -> Docket {
    let mut docket = Docket::new(policy(), ME);
    let peers: Vec<Peer> =
        (1..=200).map(|number| peer(number, if number <= believed { 60 } else { 0 })).collect();
    let _ = docket.meet(&peers.into());
    docket
}

/// Until when the first attacker is blocked, if it is.
fn until(docket: &Docket) -> Option<Timestamp> {
    match docket.ruling(attacker(1)).decision {
        Decision::Block { until, .. } => Some(until),
        Decision::Wait { .. } => None,
    }
}
