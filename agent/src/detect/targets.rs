//! How many different things a source has looked for: ports, user names, pages.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A user name, path or port, in four bytes. Whoever finds names with equal marks is only counted for less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u32);

impl Mark {
    /// The mark of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
        Self(u32::from_le_bytes([a, b, c, d]))
    }
}

/// The different targets of one source within a window; never more of them than the limit.
#[derive(Debug, Default)]
pub(super) struct Targets(Vec<(Mark, u32)>);

impl Targets {
    /// Adds one, seen at this Unix second; whether there are `limit` different ones now within `window` seconds.
    pub(super) fn add(&mut self, mark: Mark, at: u32, window: u32, limit: usize) -> bool {
        if let Some((_, seen)) = self.0.iter_mut().find(|(known, _)| *known == mark) {
            *seen = at.max(*seen);
            return false;
        }
        let newest = self.0.iter().map(|(_, seen)| *seen).fold(at, u32::max);
        self.0.push((mark, at));
        self.0.retain(|(_, seen)| newest.saturating_sub(*seen) < window);
        self.0.len() >= limit
    }

    /// Bytes that it takes besides itself.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(Mark, u32)>()
    }

    /// The clock was set by so many seconds.
    pub(super) fn clock_set(&mut self, by: i64) {
        for (_, seen) in &mut self.0 {
            *seen = u32::try_from(i64::from(*seen).saturating_add(by)).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_over(names: impl IntoIterator<Item = (u32, u32)>) -> Option<u32> {
        let mut targets = Targets::default();
        names
            .into_iter()
            .find(|(name, at)| targets.add(Mark::of(&name.to_le_bytes()), *at, 100, 10))
            .map(|(name, _)| name)
    }

    #[test]
    fn different_ones_count_and_the_same_again_does_not() {
        assert_eq!(first_over((0..20).map(|nth| (nth, 1000 + nth))), Some(9));
        assert_eq!(first_over((0..1000).map(|nth| (nth % 9, 1000 + nth))), None);
    }

    #[test]
    fn what_has_left_the_window_is_forgotten() {
        assert_eq!(first_over((0..1000).map(|nth| (nth, 1000 + 12 * nth))), None);
    }

    #[test]
    fn a_log_that_jumps_back_does_not_stretch_the_window() {
        assert_eq!(
            first_over((0..1000).map(|nth| (nth, if nth % 2 == 0 { 10_000 } else { 0 } + nth / 8 * 100))),
            None
        );
    }
}
