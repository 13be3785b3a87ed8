#![allow(clippy::unwrap_used)]

mod properties;
mod set;

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    domain::{FileHash, Karma, PeerKey, PostId, Reason, SourceClass},
    guard::{Guard, Guarded},
};

/// Far more than any test here forgets at once.
const ALL: usize = 10_000;

fn guarded(network: &str) -> Guarded {
    Guard::default().check(network.parse().unwrap(), SourceClass::Local).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn reason(origin: Origin, since: i64, until: i64) -> Reason {
    Reason { origin: Arc::new(origin), events: 5, log: None, since: at(since), until: at(until) }
}

fn local(since: i64, until: i64) -> Reason {
    reason(
        Origin::Local { detector: "sshd-bruteforce".into(), service: "sshd".into(), claimed: false },
        since,
        until,
    )
}

fn manual(comment: &str, until: i64) -> Reason {
    reason(Origin::Manual { comment: comment.into() }, 0, until)
}

fn peer(post: u8, until: i64) -> Reason {
    let origin = Origin::Peer {
        post: PostId([post; 32]),
        reporter: PeerKey([9; 32]),
        karma: Karma(100),
        file_hash: FileHash([3; 32]),
    };
    reason(origin, 0, until)
}

fn is_post(post: u8) -> impl Fn(&Origin) -> bool {
    move |origin| matches!(origin, Origin::Peer { post: id, .. } if *id == PostId([post; 32]))
}
