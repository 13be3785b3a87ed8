//! Times that are numbers: journalctl's `-o short-unix` and `-o short-monotonic`, TAI64N, JSON.

use core::str;

use nom::bytes::complete::{take_while_m_n, take_while1};
use nom::character::complete::{char, digit1, i64, one_of, space0};
use nom::combinator::{map, map_opt, opt, value, verify};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::clock::fraction;
use crate::Timestamp;

/// TAI64 counts from 2^62, and ten seconds ahead of Unix time (<https://cr.yp.to/libtai/tai64.html>).
const TAI64_AT_UNIX_EPOCH: u64 = (1 << 62) + 10;

/// `1795406400.123456`.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    map_opt((positive, fraction), |(seconds, nanosecond)| Timestamp::from_unix(seconds, nanosecond))
        .parse(input)
}

/// `1795406400`, with a fraction or without.
pub(super) fn seconds(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let fraction = map(opt(fraction), Option::unwrap_or_default);
    map_opt((positive, fraction), |(seconds, nanosecond)| Timestamp::from_unix(seconds, nanosecond))
        .parse(input)
}

/// `e+00`: the exponent of nothing, which some write behind every number.
pub(super) fn exponent(input: &[u8]) -> IResult<&[u8], ()> {
    value(
        (),
        (one_of("eE"), opt(char('+')), verify(digit1, |digits: &[u8]| digits.iter().all(|&d| d == b'0'))),
    )
    .parse(input)
}

fn positive(input: &[u8]) -> IResult<&[u8], i64> {
    verify(i64, |&seconds| seconds >= 0).parse(input)
}

/// `@4000000067435d0b1c2d3e4f`: hexadecimal seconds and nanoseconds.
pub(super) fn tai64n(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let parts = preceded(char('@'), (hexadecimal(16), hexadecimal(8)));
    map_opt(parts, |(seconds, nanosecond)| {
        let seconds = i64::try_from(seconds.checked_sub(TAI64_AT_UNIX_EPOCH)?).ok()?;
        Timestamp::from_unix(seconds, u32::try_from(nanosecond).ok()?)
    })
    .parse(input)
}

fn hexadecimal<'a>(width: usize) -> impl Parser<&'a [u8], Output = u64, Error = nom::error::Error<&'a [u8]>> {
    map_opt(take_while_m_n(width, width, |byte: u8| byte.is_ascii_hexdigit()), |digits| {
        u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    })
}

/// `[  123.456789]`: seconds since a boot that the line does not date.
pub(super) fn since_boot(input: &[u8]) -> IResult<&[u8], ()> {
    let seconds = take_while1(|byte: u8| byte.is_ascii_digit() || byte == b'.');
    value((), (char('['), delimited(space0, seconds, space0), char(']'))).parse(input)
}
