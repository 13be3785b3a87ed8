//! Finding fixed words in a line.
//!
//! Lines are short: building a searcher for a word takes longer than looking at each place where its first byte stands.

use memchr::{memchr_iter, memrchr_iter};

/// Where `word` first stands in `text`.
pub(crate) fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    find_iter(text, word).next()
}

/// Where `word` last stands in `text`.
pub(crate) fn rfind(text: &[u8], word: &[u8]) -> Option<usize> {
    memrchr_iter(*word.first()?, text).find(|&at| stands_at(text, word, at))
}

/// Every place where `word` stands in `text`, from left to right.
pub(crate) fn find_iter<'a>(text: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = word.first().copied().unwrap_or_default();
    memchr_iter(first, text).filter(move |&at| stands_at(text, word, at))
}

/// A decimal number.
pub(crate) fn number<T: core::str::FromStr>(digits: &[u8]) -> Option<T> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

fn stands_at(text: &[u8], word: &[u8], at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let text = b"ab aab ab";
        assert_eq!((find(text, b"ab"), rfind(text, b"ab")), (Some(0), Some(7)));
        assert_eq!(find_iter(text, b"ab").collect::<Vec<_>>(), [0, 4, 7]);
        assert_eq!((find(text, b"abc"), rfind(text, b"x"), find(b"", b"a")), (None, None, None));
    }
}
