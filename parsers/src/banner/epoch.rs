//! Times that are numbers: journalctl's `-o short-unix` and `-o short-monotonic`.

use nom::bytes::complete::take_while1;
use nom::character::complete::{char, i64, space0};
use nom::combinator::{map_opt, value, verify};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::clock::fraction;
use crate::Timestamp;

/// `1795406400.123456`.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    map_opt((verify(i64, |&seconds| seconds >= 0), fraction), |(seconds, nanosecond)| {
        Timestamp::from_unix(seconds, nanosecond)
    })
    .parse(input)
}

/// `[  123.456789]`: seconds since a boot that the line does not date.
pub(super) fn since_boot(input: &[u8]) -> IResult<&[u8], ()> {
    let seconds = take_while1(|byte: u8| byte.is_ascii_digit() || byte == b'.');
    value((), (char('['), delimited(space0, seconds, space0), char(']'))).parse(input)
}
