//! The patterns of the rules about one place, all searched at once.

use alloc::vec::Vec;
use core::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, packed};

/// The longest text that goes through the sieve.
const SIFTED: usize = 256;

/// Texts, each a rule's, to be found in whatever case; none where there is no rule.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    automaton: Option<AhoCorasick>,
    /// Sees at many bytes at a time that no pattern is there: where they are few, and the crate aho-corasick knows the
    /// processor (its feature `std`).
    sieve: Option<packed::Searcher>,
    /// The number of each pattern's rule.
    rules: Vec<usize>,
}

impl Patterns {
    /// Those of the rules with these numbers.
    pub(super) fn of<'a>(patterns: impl Iterator<Item = (usize, &'a [u8])>) -> Result<Self, BuildError> {
        let (rules, patterns): (Vec<_>, Vec<_>) = patterns.unzip();
        if patterns.is_empty() {
            return Ok(Self::default());
        }
        let sieve = packed::Searcher::new(patterns.iter().map(|pattern| pattern.to_ascii_lowercase()));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns)?;
        Ok(Self { automaton: Some(automaton), sieve, rules })
    }

    /// Everywhere in `text` where one of them stands, overlapping ones too, with the number of its rule.
    pub(super) fn found_in(&self, text: &[u8]) -> impl Iterator<Item = (usize, Range<usize>)> {
        let automaton = self.automaton.as_ref().filter(|_| !text.is_empty() && self.may_be_in(text));
        let found = automaton.into_iter().flat_map(move |automaton| automaton.find_overlapping_iter(text));
        found.filter_map(|found| Some((*self.rules.get(found.pattern().as_usize())?, found.range())))
    }

    fn may_be_in(&self, text: &[u8]) -> bool {
        let Some(sieve) = &self.sieve else { return true };
        let mut lower = [0; SIFTED];
        let Some(lower) = lower.get_mut(..text.len()) else { return true };
        lower.copy_from_slice(text);
        lower.make_ascii_lowercase();
        sieve.find(lower).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_wherever_they_stand_and_whatever_their_case() {
        let patterns = Patterns::of([(7, &b"Nikto"[..]), (8, b"to/"), (9, b"zgrab")].into_iter()).unwrap();
        let found = |text: &[u8]| patterns.found_in(text).collect::<Vec<_>>();
        assert_eq!(found(b"Mozilla/5.00 (nikTO/2)"), [(7, 14..19), (8, 17..20)]);
        assert_eq!(found(b"Mozilla/5.0 (X11; Linux x86_64)"), []);
        let long = [&[b'x'; 2 * SIFTED][..], b"ZGRAB"].concat();
        assert_eq!(found(&long), [(9, 2 * SIFTED..2 * SIFTED + 5)]);
        assert_eq!(Patterns::default().found_in(b"nikto").count(), 0);
    }
}
