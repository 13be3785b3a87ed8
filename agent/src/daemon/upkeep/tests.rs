#![allow(clippy::unwrap_used, clippy::panic)]

use sentinel_interface::Parameters;

use super::*;
use crate::{
    domain::{FileHash, Post, PostId, TxId},
    trust::{Dispute, Doubt},
};

const DAY: i64 = 86_400;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const OWN: PostState = PostState::Own { tx: Some(TxId([5; 64])) };
const THEIRS: PostState = PostState::Rejected { doubt: Doubt::Retracted };
const POST: PostId = PostId([3; 32]);

/// Cycle 100 began at second 0.
fn network(cycle_length: i64) -> NetworkState {
    let parameters = Parameters {
        cycle_length,
        bond: 1,
        karma_per_like: 1,
        karma_per_dispute: 5,
        vote_min_karma: 50,
        opinion_limit: 10,
    };
    NetworkState { authority: [1; 32], cycle_index: 100, cycle_start: 0, parameters, bump: 255 }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A post of cycle 100, made at second 0.
fn record(state: PostState) -> PostRecord {
    let post = Post {
        id: POST,
        owner: PeerKey([2; 32]),
        log_url: "https://peer-a.example:9000/logs/00112233445566aa".into(),
        file_hash: FileHash([4; 32]),
        timestamp: at(0),
        likes: 0,
        disputes: 0,
        retracted: false,
        cycle: 100,
        mirrors: vec![],
    };
    PostRecord { post, seen: at(0), state, liked: false, disputed: None, is_dispute_queued: false }
}

fn due(record: &PostRecord, network: &NetworkState, second: i64) -> Option<Outgoing> {
    due_of(record, network, WEEK, at(second))
}

#[test]
fn an_own_post_is_retired_when_it_is_old_enough() {
    let (own, network) = (record(OWN), network(DAY));
    assert_eq!(due(&own, &network, 7 * DAY - 1), None);
    assert_eq!(due(&own, &network, 7 * DAY), Some(Outgoing::Retire { post: POST }));
}

#[test]
fn an_own_post_stays_as_long_as_it_can_be_disputed_however_old() {
    let (own, network) = (record(OWN), network(5 * DAY));
    assert_eq!(due(&own, &network, 10 * DAY - 1), None);
    assert_eq!(due(&own, &network, 10 * DAY), Some(Outgoing::Retire { post: POST }));
}

#[test]
fn verdicts_are_closed_when_the_cycle_after_the_posts_is_over() {
    let liked = PostRecord { liked: true, ..record(THEIRS) };
    let error = "no line of the log proves an attack".to_owned();
    let disputed = PostRecord { disputed: Some(Dispute::NoEvidence { error }), ..record(THEIRS) };
    for judged in [liked, disputed] {
        assert_eq!(due(&judged, &network(DAY), 2 * DAY - 1), None);
        assert_eq!(due(&judged, &network(DAY), 2 * DAY), Some(Outgoing::CloseVerdicts { post: POST }));
    }
}

#[test]
fn rules_that_make_no_sense_end_nothing() {
    for length in [0, -1] {
        assert_eq!(due(&record(OWN), &network(length), 100 * DAY), None);
    }
}

#[test]
fn looks_are_an_hour_apart_and_less_where_cycles_are_short() {
    for (cycle, seconds) in [(DAY, 3600), (8000, 1000), (4, 1), (-1, 1)] {
        assert_eq!(between_looks(&network(cycle)), Duration::from_secs(seconds), "{cycle}");
    }
}
