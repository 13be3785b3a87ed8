//! How much is remembered: a bound in memory that keeps what is newest, in whatever order it came.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::PostId;

/// What statements are in order by.
type Age = (Timestamp, PostId);

/// Statements by their age, the accused of all of them bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shelf {
    limit: usize,
    held: usize,
    by_age: BTreeSet<(Age, usize)>,
    /// The newest that had to go: nothing older has room either, so that the order of arrival makes no difference.
    full_since: Option<Age>,
}

impl Shelf {
    /// A shelf for the accused of statements, so many together.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, held: 0, by_age: BTreeSet::new(), full_since: None }
    }

    /// Takes a statement about so many; gives back what has to go for it, which may be itself.
    pub(super) fn put(&mut self, age: Age, accused: usize) -> Vec<PostId> {
        if self.full_since.is_some_and(|full| age <= full) {
            return vec![age.1];
        }
        if self.by_age.insert((age, weight(accused))) {
            self.held += weight(accused);
        }
        let mut gone = Vec::new();
        while self.held > self.limit
            && let Some((oldest, weight)) = self.by_age.pop_first()
        {
            self.held -= weight;
            self.full_since = self.full_since.max(Some(oldest));
            gone.push(oldest.1);
        }
        gone
    }

    /// Takes a statement away.
    pub(super) fn take(&mut self, age: Age, accused: usize) {
        if self.by_age.remove(&(age, weight(accused))) {
            self.held -= weight(accused);
        }
    }

    /// The oldest statement, if it was made before this.
    pub(super) fn older_than(&self, time: Timestamp) -> Option<PostId> {
        self.by_age.first().filter(|((posted, _), _)| *posted < time).map(|((_, post), _)| *post)
    }
}

/// A statement about nobody takes room too.
fn weight(accused: usize) -> usize {
    accused.saturating_add(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn age(second: u8) -> Age {
        (Timestamp::from_second(second.into()).unwrap(), PostId([second; 32]))
    }

    fn after(order: &[(u8, usize)]) -> Vec<Age> {
        let mut shelf = Shelf::new(20);
        for (second, accused) in order {
            let _ = shelf.put(age(*second), *accused);
            assert!(shelf.held <= 20);
        }
        shelf.by_age.into_iter().map(|(age, _)| age).collect()
    }

    proptest! {
        #[test]
        fn the_newest_stay_in_whatever_order_they_came(
            sizes in proptest::collection::vec(0usize..12, 1..20),
            seed in any::<u64>(),
        ) {
            let ordered: Vec<(u8, usize)> = (0..).zip(sizes).collect();
            let mut shuffled = ordered.clone();
            shuffled.sort_by_key(|(second, _)| seed.wrapping_mul(u64::from(*second) * 2 + 1).rotate_left(17));
            prop_assert_eq!(after(&shuffled), after(&ordered));
        }
    }
}
