//! How many connections there may be.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::{AbortHandle, AbortRegistration};

use super::source::Source;

/// Hands out a bounded number of slots, in all and per source address.
///
/// Whoever connects first has proved nothing, and a flood could take all slots. So when all are taken, the connection
/// that has proved nothing for longest makes room: a peer needs its slot for some milliseconds to prove who it is.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    total: usize,
    per_source: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    by_slot: HashMap<u64, Source>,
    by_source: HashMap<Source, usize>,
    /// In the order in which they came.
    unproven: BTreeMap<u64, AbortHandle>,
}

/// The right to hold one connection; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    taken: Arc<Mutex<Taken>>,
}

impl Slots {
    pub(super) fn new(total: usize, per_source: usize) -> Self {
        Self { total, per_source, taken: Arc::default() }
    }

    /// A slot for a connection from `source`, when there is one, and what ends the connection when it has to make room. A
    /// proxy that `is_proxy` trusted is no source of its own: it has as many as it wants.
    pub(super) fn take(&self, source: Source, is_proxy: bool) -> Option<(Slot, AbortRegistration)> {
        let mut taken = lock(&self.taken);
        if !is_proxy && taken.by_source.get(&source).is_some_and(|count| *count >= self.per_source) {
            return None;
        }
        if taken.by_slot.len() >= self.total && !taken.oust() {
            return None;
        }
        let number = taken.next;
        taken.next += 1;
        taken.by_slot.insert(number, source);
        *taken.by_source.entry(source).or_default() += 1;
        let (handle, registration) = AbortHandle::new_pair();
        taken.unproven.insert(number, handle);
        Some((Slot { number, taken: Arc::clone(&self.taken) }, registration))
    }
}

impl Slot {
    /// The connection is an active peer's: it is not ended for others.
    pub(super) fn prove(&self) {
        lock(&self.taken).unproven.remove(&self.number);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&self.taken).give_back(self.number);
    }
}

impl Taken {
    /// Ends the connection that has proved nothing for longest, if there is one.
    fn oust(&mut self) -> bool {
        let Some((number, connection)) = self.unproven.pop_first() else { return false };
        connection.abort();
        self.give_back(number);
        true
    }

    fn give_back(&mut self, number: u64) {
        self.unproven.remove(&number);
        let Some(source) = self.by_slot.remove(&number) else { return };
        if let Some(count) = self.by_source.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&source);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::future::Abortable;

    use super::*;

    fn source(last: u8) -> Source {
        Source::from(IpAddr::from([203, 0, 113, last]))
    }

    fn ends(registration: AbortRegistration) -> bool {
        Abortable::new(std::future::pending::<()>(), registration).is_aborted()
    }

    #[test]
    fn a_source_has_only_its_share_and_gets_it_back() {
        let slots = Slots::new(10, 2);
        let first = slots.take(source(1), false);
        let _second = slots.take(source(1), false).unwrap();
        assert!(slots.take(source(1), false).is_none());
        assert!(slots.take(source(2), false).is_some());
        drop(first);
        assert!(slots.take(source(1), false).is_some());
    }

    #[test]
    fn a_trusted_proxy_has_more_than_one_sources_share() {
        let slots = Slots::new(3, 1);
        let held: Vec<_> = (0..3).filter_map(|_| slots.take(source(1), true)).collect();
        assert_eq!(held.len(), 3);
    }

    #[test]
    fn when_all_are_taken_the_oldest_that_proved_nothing_makes_room() {
        let slots = Slots::new(3, 3);
        let held: Vec<_> = (0..3).map(|last| slots.take(source(last), false).unwrap()).collect();
        held[0].0.prove();
        let newcomer = slots.take(source(9), false).unwrap();
        let ended: Vec<_> = held.into_iter().map(|(slot, registration)| (slot, ends(registration))).collect();
        assert_eq!(ended.iter().map(|(_, ended)| *ended).collect::<Vec<_>>(), [false, true, false]);
        assert!(!ends(newcomer.1));
        drop((ended, newcomer.0));
        let taken = lock(&slots.taken);
        assert!(taken.by_slot.is_empty() && taken.by_source.is_empty() && taken.unproven.is_empty());
    }

    #[test]
    fn who_proved_who_it_is_makes_room_for_nobody() {
        let slots = Slots::new(2, 2);
        let held: Vec<_> = (0..2).map(|last| slots.take(source(last), false).unwrap()).collect();
        held.iter().for_each(|(slot, _)| slot.prove());
        assert!(slots.take(source(9), false).is_none());
        drop(held);
        assert!(slots.take(source(9), false).is_some());
    }
}
