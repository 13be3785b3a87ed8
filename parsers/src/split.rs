//! Cutting a text around a fixed mark.
//!
//! Which mark is the daemon's depends on where an attacker has words: [`first`] when they stand behind it, [`last`]
//! when they stand before it, [`only`] when they may stand on both sides.

use crate::text;

/// What stands before and behind a mark.
type Halves<'a> = (&'a [u8], &'a [u8]);

/// Around the first `mark`.
pub(crate) fn first<'a>(text: &'a [u8], mark: &[u8]) -> Option<Halves<'a>> {
    around(text, text::find(text, mark)?, mark)
}

/// Around the last `mark`.
pub(crate) fn last<'a>(text: &'a [u8], mark: &[u8]) -> Option<Halves<'a>> {
    around(text, text::rfind(text, mark)?, mark)
}

/// Around the `mark`, if there is a single one.
pub(crate) fn only<'a>(text: &'a [u8], mark: &[u8]) -> Option<Halves<'a>> {
    let at = text::find(text, mark).filter(|&at| text::rfind(text, mark) == Some(at))?;
    around(text, at, mark)
}

/// Around every `mark`, from left to right.
pub(crate) fn each<'a>(text: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = Halves<'a>> {
    text::find_iter(text, mark).filter_map(move |at| around(text, at, mark))
}

/// What stands between `open`, which begins the text, and the next `close`; and what follows.
pub(crate) fn between<'a>(text: &'a [u8], open: &[u8], close: &[u8]) -> Option<Halves<'a>> {
    first(text.strip_prefix(open)?, close)
}

/// The one reading; nothing if there are several.
pub(crate) fn single<T>(mut readings: impl Iterator<Item = T>) -> Option<T> {
    readings.next().filter(|_| readings.next().is_none())
}

/// What the text begins with, of several openings, and what follows it.
pub(crate) fn opening<'a, T: Copy>(text: &'a [u8], openings: &[(&[u8], T)]) -> Option<(T, &'a [u8])> {
    openings.iter().find_map(|(opening, meaning)| Some((*meaning, text.strip_prefix(*opening)?)))
}

/// Everything up to the first space, and what follows all spaces there.
pub(crate) fn word(text: &[u8]) -> Option<Halves<'_>> {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
    Some((word, rest.trim_ascii_start()))
}

/// The text up to the quote that closes it, and what follows; a backslash escapes the next byte.
pub(crate) fn quoted(text: &[u8]) -> Option<Halves<'_>> {
    let mut from = 0;
    loop {
        let end = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text.get(end) == Some(&b'"') {
            return around(text, end, b"\"");
        }
        from = end + 2;
    }
}

fn around<'a>(text: &'a [u8], at: usize, mark: &[u8]) -> Option<Halves<'a>> {
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_around_the_mark_that_is_meant() {
        assert_eq!(first(b"a--b--c", b"--"), Some((&b"a"[..], &b"b--c"[..])));
        assert_eq!(last(b"a--b--c", b"--"), Some((&b"a--b"[..], &b"c"[..])));
        assert_eq!(only(b"a--b--c", b"--"), None);
        assert_eq!(only(b"a--b", b"--"), Some((&b"a"[..], &b"b"[..])));
        assert_eq!(each(b"a--b--c", b"--").count(), 2);
        assert_eq!(first(b"abc", b"--"), None);
        assert_eq!(between(b"[a] b] c", b"[", b"] "), Some((&b"a"[..], &b"b] c"[..])));
        assert_eq!(between(b"a] b", b"[", b"]"), None);
    }

    #[test]
    fn a_reading_counts_only_when_it_is_the_only_one() {
        assert_eq!((single(0..1), single(0..2), single(0..0)), (Some(0), None, None));
    }

    #[test]
    fn a_quote_behind_a_backslash_closes_nothing() {
        assert_eq!(quoted(br#"a\"b\\" c"d"#), Some((&br#"a\"b\\"#[..], &br#" c"d"#[..])));
        assert_eq!((quoted(b"a"), quoted(br#"a\""#), quoted(br"a\")), (None, None, None));
    }

    #[test]
    fn a_word_ends_at_a_space_or_with_the_text() {
        assert_eq!(word(b"a  b c"), Some((&b"a"[..], &b"b c"[..])));
        assert_eq!(word(b"a"), Some((&b"a"[..], &b""[..])));
        assert_eq!(word(b" a"), None);
    }
}
