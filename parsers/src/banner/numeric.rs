//! `23-11-2026 02:00:01`, `11/23/2026 02:00:01 PM`, `261123 02:00:01`: dates of numbers alone.

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, space1};
use nom::combinator::{map, opt, verify};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::clock::{Clock, clock, digits, timestamp as on_day, two};
use super::iso::offset;
use crate::Timestamp;
use crate::tail::refused;

/// The day comes first before hyphens, and before slashes where a colon follows the date as in CLF; the month before
/// other slashes; unless the numbers say otherwise. Without a year, as Snort and FreeSWITCH write it, the month is
/// always first.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let [a, aa, mark @ (b'-' | b'/'), b, bb, rest @ ..] = input else { return refused(input) };
    let (Some(first), Some(second)) = (two(*a, *aa), two(*b, *bb)) else { return refused(input) };
    let (rest, year) = match rest {
        [again, rest @ ..] if again == mark => map(year, Some).parse(rest)?,
        _ => (rest, None),
    };
    let (rest, gap) = alt((tag(" - "), tag(" "), tag("-"), tag(":"))).parse(rest)?;
    let is_day_first = second <= 12 && year.is_some() && (*mark == b'-' || gap == b":" || first > 12);
    let (month, day) = if is_day_first { (second, first) } else { (first, second) };
    let (rest, (clock, half)) = (clock, opt(half)).parse(rest)?;
    let (rest, offset) = opt(preceded(space1, offset)).parse(rest)?;
    Ok((rest, on_day((year, month, day), in_half(clock, half), offset)))
}

/// `261123 02:00:01` or `261123  2:00:01` (MySQL and MariaDB before 10.1).
pub(super) fn short(input: &[u8]) -> IResult<&[u8], Timestamp> {
    if !matches!(input, [b'0'..=b'9', b'0'..=b'9', b'0' | b'1', b'0'..=b'9', _, _, b' ', ..]) {
        return refused(input);
    }
    let (rest, (year, month, day, _)) = (short_year, digits(2), digits(2), char(' ')).parse(input)?;
    map(clock, |clock| on_day((Some(year), month, day), clock, None)).parse(rest)
}

/// `20261123-02:00:01`.
pub(super) fn compact(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let (rest, (year, month, day, _)) = (digits(4), digits(2), digits(2), char('-')).parse(input)?;
    map(clock, |clock| on_day((Some(year), month, day), clock, None)).parse(rest)
}

fn year(input: &[u8]) -> IResult<&[u8], i32> {
    alt((verify(digits(4), |year| *year > 0), short_year)).parse(input)
}

/// Two digits, for a year of this century.
pub(super) fn short_year(input: &[u8]) -> IResult<&[u8], i32> {
    map(digits(2), |year: i32| 2000 + year).parse(input)
}

/// ` AM` or ` PM`: whether it is the latter.
fn half(input: &[u8]) -> IResult<&[u8], bool> {
    match input {
        [b' ', half @ (b'A' | b'P'), b'M', rest @ ..] => Ok((rest, *half == b'P')),
        _ => refused(input),
    }
}

/// Noon and midnight are both twelve.
fn in_half((hour, minute, second, nanosecond): Clock, half: Option<bool>) -> Clock {
    let hour = match (half, hour) {
        (Some(is_afternoon), 1..=12) => hour % 12 + if is_afternoon { 12 } else { 0 },
        _ => hour,
    };
    (hour, minute, second, nanosecond)
}
