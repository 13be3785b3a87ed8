use super::*;
use crate::identity::Identity;

const NOW: i64 = 1_795_000_000;
const MB: u64 = 1024 * 1024;

fn limits() -> Limits {
    Limits::new(LimitSettings::default())
}

fn restarted(mut before: Limits, exact: bool, now: i64) -> Limits {
    let mut after = limits();
    after.restore(before.unwritten(exact, now), now);
    after
}

#[test]
fn the_eleventh_request_within_a_minute_waits_until_the_first_is_a_minute_old() {
    let (mut limits, peer) = (limits(), Identity::generate().unwrap());
    for second in 0..10 {
        let now = NOW + second;
        assert!(limits.admit(&peer.sign_request("u", now), now).is_ok());
    }
    let eleventh = peer.sign_request("u", NOW + 10);
    assert_eq!(limits.admit(&eleventh, NOW + 10), Err(Refusal::Rate { limit: 10, retry_after: 50 }));
    assert!(limits.admit(&eleventh, NOW + 60).is_ok());
    let other = Identity::generate().unwrap().sign_request("u", NOW);
    assert!(limits.admit(&other, NOW + 10).is_ok());
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let (mut limits, peer) = (limits(), Identity::generate().unwrap());
    for second in 0..10 {
        let _ = limits.admit(&peer.sign_request("u", NOW + second), NOW + second).unwrap();
    }
    let earlier = NOW - 100_000;
    assert!(limits.admit(&peer.sign_request("u", earlier), earlier).is_ok());
}

#[test]
fn a_download_that_would_cross_the_days_quota_waits_until_midnight() {
    let (mut limits, key) = (limits(), PeerKey([1; 32]));
    let midnight = (NOW / DAY + 1) * DAY;
    assert_eq!(limits.charge(&key, 95 * MB, NOW), Ok(()));
    assert_eq!(
        limits.charge(&key, 5 * MB + 1, midnight - 10),
        Err(Refusal::Quota { limit: 100 * MB, retry_after: 10 })
    );
    assert_eq!(limits.charge(&key, 5 * MB, midnight - 10), Ok(()));
    assert_eq!(limits.charge(&PeerKey([2; 32]), 100 * MB, NOW), Ok(()));
    assert_eq!(limits.charge(&key, 100 * MB, midnight), Ok(()));
}

#[test]
fn what_was_not_sent_is_given_back_to_the_day_that_it_was_taken_from() {
    let (mut limits, key) = (limits(), PeerKey([1; 32]));
    let tomorrow = NOW + DAY;
    assert_eq!(limits.charge(&key, 100 * MB, NOW), Ok(()));
    limits.refund(&key, 40 * MB, NOW, NOW + 5);
    assert_eq!(limits.charge(&key, 40 * MB, NOW + 5), Ok(()));
    assert!(limits.charge(&key, 1, NOW + 5).is_err());
    assert_eq!(limits.charge(&key, 100 * MB, tomorrow), Ok(()));
    limits.refund(&key, 40 * MB, NOW, tomorrow);
    assert!(limits.charge(&key, 1, tomorrow).is_err());
}

#[test]
fn a_restart_gives_nobody_another_minute_or_another_day() {
    let (mut limits, peer) = (limits(), Identity::generate().unwrap());
    for second in 0..10 {
        let _ = limits.admit(&peer.sign_request("u", NOW + second), NOW + second).unwrap();
    }
    assert_eq!(limits.charge(&peer.peer_key(), 100 * MB, NOW + 10), Ok(()));
    let mut limits = restarted(limits, true, NOW + 20);
    assert_eq!(
        limits.admit(&peer.sign_request("u", NOW + 20), NOW + 20),
        Err(Refusal::Rate { limit: 10, retry_after: 40 })
    );
    assert!(limits.charge(&peer.peer_key(), 1, NOW + 20).is_err());
    assert!(limits.admit(&peer.sign_request("u", NOW + 60), NOW + 60).is_ok());
}

#[test]
fn no_signature_is_good_again_after_a_restart_whether_orderly_or_not() {
    for exact in [true, false] {
        let (mut limits, peer) = (limits(), Identity::generate().unwrap());
        let [first, second] = [NOW + 100, NOW + 101].map(|timestamp| peer.sign_request("u", timestamp));
        assert_eq!(limits.admit(&first, NOW), Ok(Writing::Now));
        let written = limits.unwritten(exact, NOW);
        assert_eq!(limits.admit(&second, NOW), Ok(Writing::Later));
        let mut after = self::limits();
        after.restore(if exact { limits.unwritten(true, NOW) } else { written }, NOW);
        for used in [&first, &second] {
            assert_eq!(after.admit(used, NOW + 5), Err(Refusal::Replay));
        }
        let mark = if exact { NOW + 101 } else { NOW + 115 };
        assert!(after.admit(&peer.sign_request("u", mark + 1), NOW + 5).is_ok());
    }
}

#[test]
fn many_requests_are_written_down_together() {
    let (mut limits, peer) = (limits(), Identity::generate().unwrap());
    let writings = (0..10).map(|second| {
        let now = NOW + second;
        limits.admit(&peer.sign_request("u", now), now).unwrap()
    });
    assert_eq!(writings.filter(|writing| *writing == Writing::Now).count(), 1);
    assert_eq!(limits.unwritten(false, NOW + 10).len(), 1);
    assert_eq!(limits.unwritten(false, NOW + 10), []);
}
