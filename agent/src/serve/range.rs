//! Which bytes of a log a client wants (RFC 9110, section 14): a single range, to resume a download.

use std::ops::Range;

use warp::http::{HeaderMap, header};

/// What the `Range` header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything: there is no range, or one that may be ignored.
    All,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// Nothing that is there.
    Unsatisfiable,
}

impl Wanted {
    /// Of a log of `len` bytes with this entity tag. Of several ranges none counts, nor does one for another tag.
    pub(super) fn read(headers: &HeaderMap, len: u64, etag: &str) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if headers.contains_key(header::IF_RANGE) && text(header::IF_RANGE) != Some(etag) {
            return Self::All;
        }
        if headers.get_all(header::RANGE).iter().count() > 1 {
            return Self::All;
        }
        text(header::RANGE).and_then(|range| parse(range, len)).unwrap_or(Self::All)
    }
}

fn parse(range: &str, len: u64) -> Option<Wanted> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let part = match (first, last) {
        ("", last) => len.saturating_sub(number(last)?)..len,
        (first, "") => number(first)?..len,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(len)
        }
    };
    Some(if part.is_empty() { Wanted::Unsatisfiable } else { Wanted::Part(part) })
}

/// Digits and nothing else; what is too large for a file's size is as large as can be.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str) -> Wanted {
        let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        Wanted::read(&headers, 100, "\"tag\"")
    }

    #[test]
    fn a_range_is_from_somewhere_to_somewhere_or_the_end_or_the_last_bytes() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=10-19", 10..20),
            ("bytes=10-", 10..100),
            ("bytes=90-1000", 90..100),
            ("bytes=-5", 95..100),
            ("bytes=-1000", 0..100),
            ("bytes=0-99999999999999999999999", 0..100),
        ] {
            assert_eq!(wanted(range), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn a_range_behind_the_end_cannot_be_satisfied() {
        for range in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(wanted(range), Wanted::Unsatisfiable, "{range}");
        }
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for range in
            ["bytes=0-1,5-6", "lines=0-1", "bytes=", "bytes=-", "bytes=5-1", "bytes=+1-2", "bytes=a-b"]
        {
            assert_eq!(wanted(range), Wanted::All, "{range}");
        }
        let mut headers = HeaderMap::new();
        for range in ["bytes=0-1", "bytes=0-1"] {
            headers.append(header::RANGE, range.parse().unwrap());
        }
        assert_eq!(Wanted::read(&headers, 100, "\"tag\""), Wanted::All);
    }

    #[test]
    fn a_range_of_another_content_is_ignored() {
        for (tag, expected) in
            [("\"tag\"", Wanted::Part(0..2)), ("\"other\"", Wanted::All), ("W/\"tag\"", Wanted::All)]
        {
            let headers = HeaderMap::from_iter([
                (header::RANGE, "bytes=0-1".parse().unwrap()),
                (header::IF_RANGE, tag.parse().unwrap()),
            ]);
            assert_eq!(Wanted::read(&headers, 100, "\"tag\""), expected, "{tag}");
        }
    }
}
