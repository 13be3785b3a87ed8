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

/// A decimal number without a sign. Every line has some, so this looks at each byte once.
pub(crate) fn number<T: TryFrom<u64>>(digits: &[u8]) -> Option<T> {
    let add = |sum: u64, byte: &u8| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    };
    let number = digits.iter().try_fold(0, add).filter(|_| !digits.is_empty())?;
    T::try_from(number).ok()
}

fn stands_at(text: &[u8], word: &[u8], at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_alone_that_its_type_has_room_for() {
        assert_eq!([number(b"0"), number(b"007"), number(b"255")], [Some(0_u8), Some(7), Some(255)]);
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        for text in ["", "256", "+1", "-1", " 1", "1 ", "18446744073709551616"] {
            assert_eq!(number::<u8>(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let text = b"ab aab ab";
        assert_eq!((find(text, b"ab"), rfind(text, b"ab")), (Some(0), Some(7)));
        assert_eq!(find_iter(text, b"ab").collect::<Vec<_>>(), [0, 4, 7]);
        assert_eq!((find(text, b"abc"), rfind(text, b"x"), find(b"", b"a")), (None, None, None));
    }
}
