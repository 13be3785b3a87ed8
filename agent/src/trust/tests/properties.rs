//! What holds whatever is said, and in whatever order.

use proptest::{collection::vec, prelude::*};

use super::*;

/// Something that reaches a docket.
#[derive(Clone, Debug)]
enum Event {
    Hear(Statement),
    See(IpNetwork, Timestamp),
    Learn(PeerKey, Member),
}

impl Event {
    fn reach(self, docket: &mut Docket) {
        let _ = match self {
            Self::Hear(statement) => docket.hear(statement),
            Self::See(network, at) => docket.see(network, at),
            Self::Learn(peer, member) => docket.learn(peer, Some(member)),
        };
    }
}

fn statement(reporters: std::ops::Range<u8>) -> impl Strategy<Value = Statement> {
    (reporters, 0..4u8, 0..60i64, vec(1..6u8, 0..4)).prop_map(|(reporter, post, hour, attackers)| {
        // What a post says is settled by what it is: a post is not made twice.
        says(reporter, post, (hour + i64::from(reporter) * 7 + i64::from(post) * 13) % 60, &attackers)
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => statement(1..12).prop_map(Event::Hear),
        1 => (1..6u8, 0..60i64).prop_map(|(number, hour)| Event::See(attacker(number), at(hour))),
        1 => (1..12u8, prop::sample::select(vec![0, 49, 50, 60])).prop_map(|(peer, karma)| {
            Event::Learn(key(peer), Member { karma: Karma(karma), active: true })
        }),
    ]
}

/// The first statement of each post, and what the ledger says of each peer in the end: of what contradicts itself the order
/// does matter.
fn consistent(events: Vec<Event>) -> Vec<Event> {
    let mut seen = std::collections::BTreeSet::new();
    let id = |event: &Event| match event {
        Event::Hear(statement) => (0, statement.post.0),
        Event::Learn(peer, _) => (1, peer.0),
        Event::See(network, at) => {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&at.as_second().to_le_bytes());
            bytes[8] = network.to_string().as_bytes()[10];
            (2, bytes)
        }
    };
    events.into_iter().filter(|event| seen.insert(id(event))).collect()
}

fn after(start: Docket, events: &[Event]) -> Docket {
    events.iter().cloned().fold(start, |mut docket, event| {
        event.reach(&mut docket);
        docket
    })
}

proptest! {
    #[test]
    fn the_order_of_arrival_makes_no_difference(
        events in vec(event(), 0..40),
        believed in 0..10u8,
        places in vec(any::<u32>(), 40),
    ) {
        let events = consistent(events);
        let mut shuffled: Vec<_> = places.iter().zip(events.clone()).collect();
        shuffled.sort_by_key(|(place, _)| **place);
        let shuffled: Vec<Event> = shuffled.into_iter().map(|(_, event)| event).collect();
        prop_assert_eq!(after(docket(believed), &shuffled), after(docket(believed), &events));
    }

    #[test]
    fn a_post_that_is_withdrawn_leaves_no_trace(
        events in vec(event(), 0..30),
        post in statement(20..30),
        when in 0..30usize,
    ) {
        let events = consistent(events);
        let without = after(docket(6), &events);
        let (before, behind) = events.split_at(when.min(events.len()));
        let mut with = after(docket(6), before);
        let id = post.post;
        Event::Hear(post).reach(&mut with);
        let mut with = after(with, behind);
        let _ = with.withdraw(id);
        prop_assert_eq!(with, without);
    }

    #[test]
    fn no_crowd_without_karma_changes_a_decision(
        events in vec(event(), 0..30),
        crowd in vec(statement(100..200), 0..200),
    ) {
        let events = consistent(events);
        let quiet = after(docket(6), &events);
        let mut loud = docket(6);
        for (number, said) in crowd.into_iter().enumerate() {
            if let Some(event) = events.get(number) {
                event.clone().reach(&mut loud);
            }
            Event::Hear(said).reach(&mut loud);
        }
        let loud = after(loud, &events);
        for number in 1..6 {
            let (quiet, loud) = (quiet.ruling(attacker(number)), loud.ruling(attacker(number)));
            prop_assert_eq!(quiet.decision, loud.decision);
            prop_assert!(quiet.proof().eq(loud.proof()));
        }
    }

    #[test]
    fn only_what_was_named_as_touched_is_decided_otherwise(
        events in vec(event(), 0..30), last in event(), banned in 1..12u8,
    ) {
        let before = after(docket(5), &events);
        let mut changed = before.clone();
        let mut touched = match last {
            Event::Hear(statement) => changed.hear(statement),
            Event::See(network, at) => changed.see(network, at),
            Event::Learn(peer, member) => changed.learn(peer, Some(member)),
        };
        touched.extend(changed.decide(|policy| policy.regard(key(banned), Some(Attitude::Banned))));
        for number in (1..6).filter(|number| !touched.contains(&attacker(*number))) {
            let (before, after) = (before.ruling(attacker(number)), changed.ruling(attacker(number)));
            prop_assert_eq!(before.decision, after.decision);
        }
    }
}
