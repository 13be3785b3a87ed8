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

/// What stands before the first `mark` and behind it.
pub(crate) fn split<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    around(text, find(text, mark)?, mark.len())
}

/// What stands before the last `mark` and behind it.
pub(crate) fn rsplit<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    around(text, rfind(text, mark)?, mark.len())
}

/// What stands before `mark` and behind it, if it stands there only once.
pub(crate) fn split_only<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = find(text, mark)?;
    around(text, first, mark.len()).filter(|_| rfind(text, mark) == Some(first))
}

fn around(text: &[u8], at: usize, length: usize) -> Option<(&[u8], &[u8])> {
    Some((text.get(..at)?, text.get(at + length..)?))
}

/// The one item; nothing if there are several.
pub(crate) fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
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

    #[test]
    fn a_text_is_split_at_the_first_the_last_or_the_only_mark() {
        let text = b"a--b--c";
        assert_eq!(split(text, b"--"), Some((&b"a"[..], &b"b--c"[..])));
        assert_eq!(rsplit(text, b"--"), Some((&b"a--b"[..], &b"c"[..])));
        assert_eq!(
            (split_only(text, b"--"), split_only(text, b"b")),
            (None, Some((&b"a--"[..], &b"--c"[..])))
        );
        assert_eq!((only(0..1), only(0..2), only(0..0)), (Some(0), None, None));
    }
}
