//! `23/Nov/2026:02:00:01 +0100` (CLF) and its relatives: with hyphens, a space, numbers for months, another order.

use nom::branch::alt;
use nom::character::complete::{char, one_of};
use nom::combinator::{map, opt, verify};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::clock::{clock, digits, timestamp as on_day};
use super::iso::offset;
use super::month;
use crate::Timestamp;
use crate::tail::refused;

/// `23/Nov/2026:02:00:01[ +0100]`, `23-Nov-2026 02:00:01[ +0100]`, `23-11-2026 02:00:01`, `11/23/2026 02:00:01`.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let [b'0'..=b'3', b'0'..=b'9', mark @ (b'/' | b'-'), rest @ ..] = input else { return refused(input) };
    let (after, first) = digits(2).parse(input)?;
    let named = rest.first().is_some_and(|byte| !byte.is_ascii_digit());
    let (rest, second) = match (named, mark) {
        (true, b'/') => preceded(char('/'), alt((month::english, month::of_any_language))).parse(after)?,
        (true, _) => preceded(char('-'), month::english).parse(after)?,
        (false, _) => preceded(char(char::from(*mark)), digits(2)).parse(after)?,
    };
    let (rest, (_, year, gap)) = (char(char::from(*mark)), year, one_of(": ")).parse(rest)?;
    let (rest, (clock, offset)) = (clock, opt(preceded(char(' '), offset))).parse(rest)?;
    let month_first = !named && *mark == b'/' && gap == ' ' && first <= 12;
    let (month, day) = if month_first { (first, second) } else { (second, first) };
    Ok((rest, on_day((Some(year), month, day), clock, offset)))
}

/// `Nov-23-26 02:00:01`.
pub(super) fn month_first(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let mut date = (month::english, char('-'), digits(2), char('-'), short_year, char(' '));
    let (rest, (month, _, day, _, year, _)) = date.parse(input)?;
    let (rest, clock) = clock(rest)?;
    Ok((rest, on_day((Some(year), month, day), clock, None)))
}

/// `261123 02:00:01` or `261123  2:00:01` (MySQL and MariaDB before 10.1).
pub(super) fn compact(input: &[u8]) -> IResult<&[u8], Timestamp> {
    if !matches!(input, [b'0'..=b'9', b'0'..=b'9', b'0' | b'1', b'0'..=b'9', _, _, b' ', ..]) {
        return refused(input);
    }
    let (rest, (year, month, day, _)) = (short_year, digits(2), digits(2), char(' ')).parse(input)?;
    let (rest, clock) = clock(rest)?;
    Ok((rest, on_day((Some(year), month, day), clock, None)))
}

/// Four digits, or two for a year of this century.
fn year(input: &[u8]) -> IResult<&[u8], i32> {
    alt((verify(digits(4), |year| *year > 0), short_year)).parse(input)
}

fn short_year(input: &[u8]) -> IResult<&[u8], i32> {
    map(digits(2), |year: i32| 2000 + year).parse(input)
}
