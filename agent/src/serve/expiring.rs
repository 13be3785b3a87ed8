//! A table of bounded size whose entries expire.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// At most `capacity` entries, each forgotten at its own time (Unix seconds).
///
/// When it is full, the entry that would be forgotten first makes room. An entry that would be kept for longer than
/// `longest` (seconds) is from before the clock was set back, and is forgotten at once.
#[derive(Debug)]
pub(super) struct ExpiringMap<K, V> {
    entries: HashMap<K, (V, i64)>,
    by_expiry: BTreeSet<(i64, K)>,
    capacity: usize,
    longest: i64,
}

impl<K: Copy + Ord + Hash, V> ExpiringMap<K, V> {
    pub(super) fn new(capacity: usize, longest: i64) -> Self {
        Self { entries: HashMap::new(), by_expiry: BTreeSet::new(), capacity, longest }
    }

    /// The entry of `key`, if it has not expired.
    pub(super) fn get_mut(&mut self, key: &K, now: i64) -> Option<&mut V> {
        self.forget_expired(now);
        self.entries.get_mut(key).map(|(value, _)| value)
    }

    /// The entry of `key`, made when it is missing, to be forgotten at `expiry`.
    pub(super) fn touch(&mut self, key: K, expiry: i64, now: i64) -> &mut V
    where
        V: Default,
    {
        self.forget_expired(now);
        let value = self.remove(&key).unwrap_or_default();
        while self.entries.len() >= self.capacity && self.forget_first().is_some() {}
        self.by_expiry.insert((expiry, key));
        &mut self.entries.entry(key).or_insert((value, expiry)).0
    }

    /// Forgets one entry when there is no room for another; gives it back.
    pub(super) fn make_room(&mut self, now: i64) -> Option<V> {
        self.forget_expired(now);
        if self.entries.len() < self.capacity {
            return None;
        }
        self.forget_first()
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        let (value, expiry) = self.entries.remove(key)?;
        self.by_expiry.remove(&(expiry, *key));
        Some(value)
    }

    fn forget_expired(&mut self, now: i64) {
        while self.by_expiry.first().is_some_and(|(expiry, _)| *expiry <= now)
            && self.forget_first().is_some()
        {}
        let latest = now.saturating_add(self.longest);
        while self.by_expiry.last().is_some_and(|(expiry, _)| *expiry > latest) {
            if let Some((_, key)) = self.by_expiry.pop_last() {
                self.entries.remove(&key);
            }
        }
    }

    fn forget_first(&mut self) -> Option<V> {
        let (_, key) = self.by_expiry.pop_first()?;
        self.entries.remove(&key).map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_forgotten_at_its_time() {
        let mut map = ExpiringMap::new(10, 1000);
        *map.touch("a", 100, 0) = 1;
        assert_eq!(map.get_mut(&"a", 99), Some(&mut 1));
        assert_eq!(map.get_mut(&"a", 100), None);
        assert!(map.entries.is_empty() && map.by_expiry.is_empty());
    }

    #[test]
    fn an_entry_of_a_clock_that_was_ahead_is_forgotten() {
        let mut map = ExpiringMap::new(10, 100);
        *map.touch("a", 5100, 5000) = 1;
        assert_eq!(map.get_mut(&"a", 5000), Some(&mut 1));
        assert_eq!(map.get_mut(&"a", 4000), None);
        assert!(map.entries.is_empty() && map.by_expiry.is_empty());
    }

    #[test]
    fn a_full_map_forgets_what_would_have_gone_first() {
        let mut map: ExpiringMap<_, ()> = ExpiringMap::new(2, 1000);
        map.touch("soon", 10, 0);
        map.touch("late", 30, 0);
        map.touch("new", 20, 0);
        assert_eq!(map.get_mut(&"soon", 0), None);
        assert!(map.get_mut(&"late", 0).is_some() && map.get_mut(&"new", 0).is_some());
    }

    #[test]
    fn an_entry_that_is_touched_again_keeps_its_value_lives_on_and_counts_once() {
        let mut map = ExpiringMap::new(2, 1000);
        *map.touch("a", 10, 0) = 1;
        *map.touch("b", 10, 0) = 1;
        *map.touch("a", 20, 0) += 1;
        assert_eq!(map.get_mut(&"a", 15), Some(&mut 2));
        assert_eq!((map.entries.len(), map.by_expiry.len()), (1, 1));
    }
}
