//! Going through the past again.

use super::*;

/// What happened at those hours.
fn history(events: Vec<(i64, Event)>) -> Vec<(Timestamp, Event)> {
    events.into_iter().map(|(hour, event)| (at(hour), event)).collect()
}

fn learned(number: u8, karma: u64) -> (i64, Event) {
    let is = Some(Member { karma: Karma(karma), active: true });
    (0, Event::Learned { peer: key(number), was: None, is })
}

/// Two of six peers name one attacker, one of them another one too.
fn past() -> Vec<(Timestamp, Event)> {
    let peers = (1..=6).map(|number| learned(number, if number == 6 { 40 } else { 60 }));
    let words = vec![
        (1, Event::Heard(says(1, 1, 1, &[1, 2]))),
        (2, Event::Heard(says(2, 1, 2, &[1]))),
        (2, Event::Blocked { network: attacker(1), until: at(6) }),
        (3, Event::Heard(says(6, 1, 3, &[3]))),
    ];
    history(peers.chain(words).collect())
}

#[test]
fn the_same_policy_would_have_done_the_same() {
    let found = replay(&past(), policy(), ME);
    assert_eq!((found.posts, found.was_blocked, found.would_block), (3, 1, 1));
    assert_eq!(found.differences, []);
}

#[test]
fn another_policy_would_have_blocked_others_and_earlier() {
    let one = Policy { min_reporters: "1".parse().unwrap(), ..policy() };
    let found = replay(&past(), one, ME);
    let span = |since, until| Span { since: at(since), until: at(until) };
    let expected = [
        Difference { network: attacker(1), was: vec![span(2, 6)], would: vec![span(1, 6)] },
        Difference { network: attacker(2), was: vec![], would: vec![span(1, 5)] },
    ];
    assert_eq!(found.differences, expected);
    let low = Policy { min_karma: Karma(40), min_reporters: "1".parse().unwrap(), ..policy() };
    assert_eq!(replay(&past(), low, ME).would_block, 3);
}

#[test]
fn without_a_peer_that_is_to_be_banned_less_would_have_been_blocked() {
    let banned = Policy { banned: [key(2)].into(), min_reporters: "2".parse().unwrap(), ..policy() };
    let found = replay(&past(), banned, ME);
    assert_eq!((found.was_blocked, found.would_block, found.differences.len()), (1, 0, 1));
}

#[test]
fn what_was_taken_back_would_have_ended_then_too() {
    let mut past = past();
    let post = says(2, 1, 2, &[1]).post;
    past.push((at(4), Event::Withdrawn { post }));
    past.push((at(4), Event::Released { network: attacker(1) }));
    let found = replay(&past, policy(), ME);
    assert_eq!(found.differences, []);
    assert_eq!(found.would_block, 1);
}
