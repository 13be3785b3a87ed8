//! Where a line names people and machines of the attacked side, so that evidence can leave without them.
//!
//! Replacing any of the ranges by words of `[a-z]+` leaves the event's service, kind, address, provenance,
//! count and port as they were: no grammar takes a decision from inside a name.

use core::ops::Range;

use crate::{Event, Line, Private};

/// A name in a raw line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateRange<'a> {
    /// Its bytes in the raw line, never empty.
    pub range: Range<usize>,
    /// What it is.
    pub what: Private<'a>,
}

/// The names in `raw`, from left to right and without overlap: the host of the banner, the user, and whatever
/// else the grammar knows. `line` and `event` are those that were parsed from `raw`.
pub fn private_ranges<'a>(
    raw: &'a [u8],
    line: &Line<'a>,
    event: &Event<'a>,
) -> impl Iterator<Item = PrivateRange<'a>> {
    let [first, second] = event.others;
    let mut names = [line.host.map(Private::Host), event.user.map(Private::User), first, second]
        .map(|name| name.and_then(|what| Some(PrivateRange { range: range_in(raw, what.bytes())?, what })));
    names.sort_unstable_by_key(|name| name.as_ref().map(|name| name.range.start));
    names.into_iter().flatten()
}

/// Where `part` lies in `whole`; nothing if it is empty or lies elsewhere.
fn range_in(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (start < end && end <= whole.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::parse_line;

    fn redacted(raw: &str) -> String {
        let (line, event) = parse_line(None, raw.as_bytes()).unwrap();
        let mut text = raw.as_bytes().to_vec();
        let ranges: Vec<_> = private_ranges(raw.as_bytes(), &line, &event).collect();
        for name in ranges.into_iter().rev() {
            let word: &[u8] = match name.what {
                Private::Host(_) => b"host",
                Private::User(_) => b"user",
                Private::LocalAddress(_) => b"here",
            };
            text.splice(name.range, word.iter().copied());
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_host_and_the_user_can_be_replaced() {
        assert_eq!(
            redacted("Nov 23 02:00:01 gate sshd[1]: Failed password for bob from 203.0.113.7 port 5 ssh2"),
            "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2"
        );
    }

    #[test]
    fn a_user_that_is_named_twice_is_found_twice() {
        assert_eq!(
            redacted(
                "dropbear[7]: Exit before auth (user 'bob', 5 fails): Max auth tries reached - user 'bob' from 203.0.113.7:5"
            ),
            "dropbear[7]: Exit before auth (user 'user', 5 fails): Max auth tries reached - user 'user' from 203.0.113.7:5"
        );
    }

    #[test]
    fn an_own_address_is_private_and_the_attackers_is_not() {
        assert_eq!(
            redacted("sshd[7]: drop connection #5 from [203.0.113.7]:5 on [192.0.2.1]:22 past MaxStartups"),
            "sshd[7]: drop connection #5 from [203.0.113.7]:5 on [here]:22 past MaxStartups"
        );
    }

    #[test]
    fn a_slice_from_elsewhere_has_no_range() {
        let (whole, part) = (b"abc".to_vec(), b"b".to_vec());
        assert_eq!(range_in(&whole, &part), None);
        assert_eq!(range_in(&whole, &whole[3..]), None);
        assert_eq!(range_in(&whole, &whole[1..2]), Some(1..2));
    }
}
