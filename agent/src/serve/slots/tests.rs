use std::net::IpAddr;

use futures_util::future::Abortable;

use super::*;

fn source(last: u8) -> Source {
    Source::from(IpAddr::from([203, 0, 113, last]))
}

fn peer(number: usize) -> PeerKey {
    PeerKey([u8::try_from(number).unwrap(); 32])
}

/// Slots with some connections, each from a source of its own.
fn full(total: u8, now: Instant) -> (Slots, Vec<(Arc<Slot>, AbortRegistration)>) {
    let slots = Slots::new(total.into(), 3);
    let held = (0..total).map(|last| slots.take(source(last), false, now).unwrap());
    let held = held.map(|Admission { slot, end, .. }| (Arc::new(slot), end)).collect();
    (slots, held)
}

/// Which of them were ended.
fn ended(held: Vec<(Arc<Slot>, AbortRegistration)>) -> Vec<bool> {
    let ends = |end| Abortable::new(std::future::pending::<()>(), end).is_aborted();
    held.into_iter().map(|(_, end)| ends(end)).collect()
}

#[test]
fn a_source_has_only_its_share_and_gets_it_back() {
    let (slots, now) = (Slots::new(10, 2), Instant::now());
    let first = slots.take(source(1), false, now);
    let _second = slots.take(source(1), false, now).unwrap();
    assert!(slots.take(source(1), false, now).is_none());
    assert!(slots.take(source(2), false, now).is_some());
    drop(first);
    assert!(slots.take(source(1), false, now).is_some());
}

#[test]
fn a_trusted_proxy_has_more_than_one_sources_share() {
    let slots = Slots::new(3, 1);
    let held: Vec<_> = (0..3).filter_map(|_| slots.take(source(1), true, Instant::now())).collect();
    assert_eq!(held.len(), 3);
}

#[test]
fn when_all_are_taken_the_oldest_that_proved_nothing_makes_room() {
    let now = Instant::now();
    let (slots, held) = full(3, now);
    held[0].0.prove(peer(1), now);
    let newcomer = slots.take(source(9), false, now).unwrap();
    assert_eq!(ended(held), [false, true, false]);
    assert_eq!(ended(vec![(Arc::new(newcomer.slot), newcomer.end)]), [false]);
    let taken = lock(&slots.taken);
    assert!(taken.by_number.is_empty() && taken.by_source.is_empty());
    assert!(taken.by_peer.is_empty() && taken.making_room.is_empty());
}

#[test]
fn who_proved_who_it_is_makes_room_for_nobody_until_it_asked_for_nothing_for_a_while() {
    let start = Instant::now();
    let (slots, held) = full(2, start);
    held.iter().for_each(|(slot, _)| slot.prove(peer(1), start));
    let later = start + Duration::from_secs(20);
    held[0].0.prove(peer(1), later);
    assert!(slots.take(source(9), false, start + PROTECTED - Duration::from_secs(1)).is_none());
    let _newcomer = slots.take(source(9), false, start + PROTECTED).unwrap();
    assert_eq!(ended(held), [false, true]);
}

#[test]
fn who_is_being_answered_makes_room_for_nobody_however_long_that_takes() {
    let start = Instant::now();
    let (slots, held) = full(1, start);
    held[0].0.prove(peer(1), start);
    let answers = [held[0].0.answer(), held[0].0.answer()];
    held[0].0.prove(peer(1), start);
    let much_later = Duration::from_secs(3600);
    assert!(slots.take(source(9), false, start + much_later).is_none());
    drop(answers);
    assert!(slots.take(source(9), false, Instant::now()).is_none());
    assert!(slots.take(source(9), false, Instant::now() + PROTECTED).is_some());
}

#[test]
fn of_one_peers_connections_only_the_last_eight_are_protected() {
    let now = Instant::now();
    let (slots, held) = full(10, now);
    held.iter().for_each(|(slot, _)| slot.prove(peer(1), now));
    let _answer_that_protects_nothing = held[1].0.answer();
    let newcomers: Vec<_> = (20..22).map(|last| slots.take(source(last), false, now).unwrap()).collect();
    newcomers.iter().for_each(|newcomer| newcomer.slot.prove(peer(2), now));
    assert!(slots.take(source(30), false, now).is_none());
    let ended = ended(held);
    assert_eq!(ended.iter().position(|ended| !ended), Some(2));
    assert_eq!(ended.iter().filter(|ended| **ended).count(), 2);
}

#[test]
fn who_makes_room_in_a_flood_is_blamed_only_when_it_has_many_connections() {
    let (slots, now) = (Slots::new(6, 10), Instant::now());
    let peer = slots.take(source(1), false, now).unwrap();
    let flood: Vec<_> = (0..5).map(|_| slots.take(source(2), false, now).unwrap()).collect();
    let newcomers: Vec<_> = (0..3).map(|_| slots.take(source(3), false, now).unwrap()).collect();
    let blamed: Vec<_> = newcomers.iter().map(|newcomer| newcomer.blamed).collect();
    assert_eq!(blamed, [None, Some(source(2)), None], "the first was one of few, the last is by now");
    drop((peer, flood));
}
