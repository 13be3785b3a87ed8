//! How many connections there may be.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::source::Source;

/// Hands out a bounded number of slots, in all and per source address.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    total: usize,
    per_source: usize,
    taken: Arc<Mutex<HashMap<Source, usize>>>,
}

/// The right to hold one connection; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Slot {
    source: Source,
    taken: Arc<Mutex<HashMap<Source, usize>>>,
}

impl Slots {
    pub(super) fn new(total: usize, per_source: usize) -> Self {
        Self { total, per_source, taken: Arc::default() }
    }

    /// A slot for a connection from `source`, when one is free.
    pub(super) fn take(&self, source: Source) -> Option<Slot> {
        let mut taken = lock(&self.taken);
        if taken.values().sum::<usize>() >= self.total {
            return None;
        }
        let of_source = taken.entry(source).or_default();
        if *of_source >= self.per_source {
            return None;
        }
        *of_source += 1;
        Some(Slot { source, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(of_source) = taken.get_mut(&self.source) {
            *of_source -= 1;
            if *of_source == 0 {
                taken.remove(&self.source);
            }
        }
    }
}

fn lock(taken: &Mutex<HashMap<Source, usize>>) -> MutexGuard<'_, HashMap<Source, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn source(last: u8) -> Source {
        Source::from(IpAddr::from([203, 0, 113, last]))
    }

    #[test]
    fn a_source_has_only_its_share_and_gets_it_back() {
        let slots = Slots::new(10, 2);
        let first = slots.take(source(1));
        let _second = slots.take(source(1)).unwrap();
        assert!(slots.take(source(1)).is_none());
        assert!(slots.take(source(2)).is_some());
        drop(first);
        assert!(slots.take(source(1)).is_some());
    }

    #[test]
    fn there_are_only_so_many_in_all() {
        let slots = Slots::new(2, 2);
        let held: Vec<_> = (0..2).map(|last| slots.take(source(last)).unwrap()).collect();
        assert!(slots.take(source(9)).is_none());
        drop(held);
        assert!(lock(&slots.taken).is_empty());
        assert!(slots.take(source(9)).is_some());
    }
}
