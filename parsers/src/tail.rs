//! Parsers that read from the right.
//!
//! They are ordinary nom parsers, except that they take bytes off the *end* of the input and leave what stands
//! before. A tuple of them is written in the order of reading, from the right to the left:
//! `(endpoint, ends(" from "))` reads `bob from 192.0.2.1 port 5` and leaves `bob`.
//!
//! What a daemon writes after an attacker's text is found with certainty this way, whatever the text contains.

use core::net::IpAddr;

use nom::branch::alt;
use nom::combinator::{map, map_opt};
use nom::error::{Error, ErrorKind, ParseError};
use nom::{IResult, Parser};

use crate::address::{self, Endpoint};
use crate::{split, text};

/// No match.
pub(crate) fn refused<T>(input: &[u8]) -> IResult<&[u8], T> {
    Err(nom::Err::Error(Error::from_error_kind(input, ErrorKind::Verify)))
}

/// The fixed text `suffix`.
pub(crate) fn ends<'a>(suffix: &'static str) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], ()> {
    move |input| match input.strip_suffix(suffix.as_bytes()) {
        Some(head) => Ok((head, ())),
        None => refused(input),
    }
}

/// The longest run of bytes that `is_part` accepts, at least one.
pub(crate) fn run<'a>(is_part: impl Fn(u8) -> bool) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    move |input| {
        let start = input.iter().rposition(|&byte| !is_part(byte)).map_or(0, |last| last.saturating_add(1));
        match input.split_at_checked(start) {
            Some((head, run)) if !run.is_empty() => Ok((head, run)),
            _ => refused(input),
        }
    }
}

/// Everything behind the last space.
pub(crate) fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    run(|byte| byte != b' ')(input)
}

/// An address that is a whole word.
pub(crate) fn address(input: &[u8]) -> IResult<&[u8], IpAddr> {
    map_opt(word, address::read).parse(input)
}

/// A decimal number of 16 bits.
pub(crate) fn port(input: &[u8]) -> IResult<&[u8], u16> {
    map_opt(run(|byte| byte.is_ascii_digit()), text::number).parse(input)
}

/// `ADDRESS[ port N]`.
pub(crate) fn endpoint(input: &[u8]) -> IResult<&[u8], Endpoint> {
    alt((
        map((port, ends(" port "), address), |(port, (), address)| Endpoint { address, port: Some(port) }),
        map(address, |address| Endpoint { address, port: None }),
    ))
    .parse(input)
}

/// Everything behind the last `mark`; leaves what stands before it.
pub(crate) fn after_last<'a>(mark: &'static str) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    move |input| split::last(input, mark.as_bytes()).map_or_else(|| refused(input), Ok)
}

/// Like [`after_last`], but only when there is a single `mark`: for marks with an attacker's text on both sides.
pub(crate) fn after_only<'a>(mark: &'static str) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    move |input| split::only(input, mark.as_bytes()).map_or_else(|| refused(input), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_reads_from_the_right_and_leaves_the_left() {
        let (user, (peer, ())) =
            (endpoint, ends(" from ")).parse(b"x from 192.0.2.1 from 203.0.113.7 port 5").unwrap();
        assert_eq!(user, b"x from 192.0.2.1");
        assert_eq!((peer.address.to_string().as_str(), peer.port), ("203.0.113.7", Some(5)));
    }

    #[test]
    fn a_port_may_be_missing_but_not_wrong() {
        assert_eq!(endpoint(b"x 192.0.2.1").unwrap().1.port, None);
        assert!(endpoint(b"x 192.0.2.1 port 65536").is_err());
        assert!(endpoint(b"x 192.0.2.1 port ").is_err());
    }

    #[test]
    fn a_mark_that_stands_twice_is_not_the_only_one() {
        assert_eq!(after_last("--")(b"a--b--c").unwrap(), (&b"a--b"[..], &b"c"[..]));
        assert_eq!(after_only("--")(b"a--c").unwrap(), (&b"a"[..], &b"c"[..]));
        assert!(after_only("--")(b"a--b--c").is_err());
        assert!(after_last("--")(b"abc").is_err());
    }

    #[test]
    fn an_empty_word_is_no_word() {
        assert!(word(b"x ").is_err());
        assert!(word(b"").is_err());
        assert_eq!(word(b"x").unwrap(), (&b""[..], &b"x"[..]));
    }
}
