#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn escalation() -> Escalation {
    Escalation {
        first: SignedDuration::from_hours(4),
        growth: 2,
        longest: SignedDuration::from_hours(20),
        forget_after: SignedDuration::from_hours(24),
    }
}

fn offenders() -> Offenders {
    Offenders::new(escalation())
}

fn attacker() -> IpNetwork {
    "203.0.113.7/32".parse().unwrap()
}

/// An attack of one whom nobody else blocks.
fn judge(offenders: &mut Offenders, second: i64) -> Offence {
    let now = at(second);
    let blocked = offenders.get(attacker()).map(|offence| offence.until).filter(|until| *until > now);
    offenders.judge(attacker(), now, now, blocked).unwrap().offence
}

fn offence(strikes: u32, until: i64) -> Offence {
    Offence { strikes, until: at(until) }
}

#[test]
fn whoever_attacks_again_after_a_block_is_blocked_for_longer_up_to_the_longest() {
    let mut offenders = offenders();
    let mut now = 0;
    for (strikes, hours) in [(1, 4), (2, 8), (3, 16), (4, 20), (5, 20)] {
        let end = now + hours * HOUR;
        assert_eq!(judge(&mut offenders, now), offence(strikes, end));
        now = end;
    }
}

#[test]
fn attacks_during_a_block_are_no_strikes_and_only_refresh_it() {
    let mut offenders = offenders();
    let _ = judge(&mut offenders, 0);
    for minute in 1..240 {
        assert_eq!(judge(&mut offenders, 60 * minute), offence(1, 60 * minute + 4 * HOUR));
    }
}

#[test]
fn while_others_keep_a_network_blocked_nothing_is_forgiven_and_an_attack_is_no_strike() {
    let mut offenders = offenders();
    offenders.restore(attacker(), offence(3, 0));
    let blocked = offenders.block_changed(attacker(), at(9 * DAY), at(DAY + HOUR));
    assert_eq!(blocked, Some(offence(2, 9 * DAY)), "one was forgiven before");
    let sentence = offenders.judge(attacker(), at(8 * DAY), at(8 * DAY), Some(at(9 * DAY))).unwrap();
    assert_eq!((sentence.until, sentence.offence), (at(8 * DAY + 8 * HOUR), offence(2, 9 * DAY)));
    let released = offenders.block_changed(attacker(), at(8 * DAY + HOUR), at(8 * DAY + HOUR));
    assert_eq!(released, Some(offence(2, 8 * DAY + HOUR)));
    assert_eq!(offenders.forget(at(10 * DAY + HOUR - 1), 10), []);
    assert_eq!(offenders.forget(at(10 * DAY + HOUR), 10), [attacker()]);
}

#[test]
fn a_block_of_one_who_never_attacked_or_was_forgiven_is_nothing_to_remember() {
    let mut offenders = offenders();
    assert_eq!(offenders.block_changed(attacker(), at(DAY), at(0)), None);
    offenders.restore(attacker(), offence(1, 0));
    assert_eq!(offenders.block_changed(attacker(), at(2 * DAY), at(DAY)), None);
    assert_eq!(judge(&mut offenders, DAY).strikes, 1);
}

#[test]
fn strikes_are_forgiven_one_by_one_while_there_is_no_block() {
    let mut offenders = offenders();
    offenders.restore(attacker(), offence(3, 0));
    assert_eq!(offenders.judge(attacker(), at(DAY - 1), at(DAY - 1), None).unwrap().offence.strikes, 4);
    offenders.restore(attacker(), offence(3, 0));
    assert_eq!(offenders.judge(attacker(), at(DAY), at(DAY), None).unwrap().offence.strikes, 3);
    offenders.restore(attacker(), offence(3, 0));
    assert_eq!(offenders.judge(attacker(), at(9 * DAY), at(9 * DAY), None).unwrap().offence.strikes, 1);
}

#[test]
fn who_has_no_strike_left_is_forgotten() {
    let mut offenders = offenders();
    offenders.restore(attacker(), offence(2, 0));
    assert_eq!(offenders.forget(at(2 * DAY - 1), 10), []);
    assert_eq!(offenders.forget(at(2 * DAY), 10), [attacker()]);
    assert!(offenders.is_empty());
}

#[test]
fn an_attack_whose_block_would_be_over_leaves_no_trace() {
    let mut offenders = offenders();
    assert_eq!(offenders.judge(attacker(), at(0), at(4 * HOUR), None), None);
    assert!(offenders.is_empty());
}

#[test]
fn whoever_attacked_least_recently_makes_room() {
    let mut offenders = offenders();
    let network = |number: u32| IpNetwork::from(std::net::IpAddr::from(number.to_be_bytes()));
    for number in 0..u32::try_from(MAX_OFFENDERS).unwrap() {
        assert_eq!(offenders.judge(network(number), at(0), at(0), None).unwrap().forgotten, None);
    }
    let _ = offenders.judge(network(0), at(1), at(1), Some(at(2)));
    assert_eq!(judge(&mut offenders, 2).strikes, 1);
    assert_eq!(offenders.len(), MAX_OFFENDERS);
    assert!(offenders.get(network(0)).is_some() && offenders.get(network(1)).is_none());
}

#[test]
fn when_the_clock_is_set_nobody_is_forgiven_sooner_or_later() {
    let mut offenders = offenders();
    offenders.restore(attacker(), offence(1, 0));
    offenders.clock_set(SignedDuration::from_secs(9 * DAY));
    assert_eq!(judge(&mut offenders, 9 * DAY + HOUR).strikes, 2);
}

proptest! {
    #[test]
    fn a_block_is_never_shorter_than_the_first_nor_longer_than_the_longest(
        pauses in proptest::collection::vec(0..3 * DAY, 1..40),
        growth in 1..1000u32,
    ) {
        let escalation = Escalation { growth, ..escalation() };
        let mut offenders = Offenders::new(escalation);
        let (mut now, mut before) = (0, None::<Offence>);
        for pause in pauses {
            now += pause;
            let after = judge(&mut offenders, now);
            let lasts = after.until.duration_since(at(now));
            prop_assert!(lasts >= escalation.first && lasts <= escalation.longest);
            if let Some(before) = before {
                prop_assert!(after.until >= before.until);
                prop_assert!(after.strikes <= before.strikes + 1);
                prop_assert!(before.until <= at(now) || after.strikes == before.strikes, "blocked all the time");
            }
            before = Some(after);
        }
    }

    #[test]
    fn more_strikes_never_make_a_shorter_block(strikes in 1..200u32, growth in 1..u32::MAX) {
        let escalation = Escalation { growth, ..escalation() };
        prop_assert!(escalation.duration(strikes) <= escalation.duration(strikes + 1));
    }
}
