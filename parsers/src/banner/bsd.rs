//! `Nov 23 02:00:01` (RFC 3164) and its relatives with a weekday, a year or a fraction.

use nom::character::complete::{char, one_of, space1};
use nom::combinator::{opt, peek, verify};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::clock::{clock, digits, timestamp as on_day};
use super::month;
use super::numeric::short_year;
use crate::Timestamp;
use crate::tail::refused;

const WEEKDAYS: [[u8; 3]; 7] = [*b"Mon", *b"Tue", *b"Wed", *b"Thu", *b"Fri", *b"Sat", *b"Sun"];

/// `[Mon ]Nov 23[ 2026] 02:00:01[.123][ 2026]`, or `Nov-23-26 02:00:01` (ASSP).
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    if !input.first().is_some_and(u8::is_ascii_uppercase) {
        return refused(input);
    }
    if let Some((rest, timestamp)) = plain(input) {
        return Ok((rest, timestamp));
    }
    if let [_, _, _, b'-', ..] = input {
        return hyphenated(input);
    }
    let year_before = opt(delimited(space1, digits(4), peek(char(' '))));
    let (rest, (_, month, day, before)) =
        (opt(weekday), month::english, preceded(space1, day), year_before).parse(input)?;
    let (rest, clock) = preceded(space1, clock).parse(rest)?;
    let (rest, after) = opt(year_after).parse(rest)?;
    Ok((rest, on_day((before.or(after), month, day), clock, None)))
}

/// `Nov 23 02:00:01` and `Nov  3 02:00:01`, with nothing more. Most lines begin so, and this looks at each byte once.
fn plain(input: &[u8]) -> Option<(&[u8], Timestamp)> {
    let [_, _, _, b' ', tens @ (b' ' | b'0'..=b'9'), ones @ b'0'..=b'9', b' ', rest @ ..] = input else {
        return None;
    };
    let day = if *tens == b' ' { ones - b'0' } else { (tens - b'0') * 10 + (ones - b'0') };
    let (_, month) = month::english(input).ok()?;
    let (behind, clock) = clock(rest).ok()?;
    // A space where the clock begins, or a year behind it.
    let is_all = rest.first() != Some(&b' ') && !matches!(behind, [b' ', b'0'..=b'9', ..]);
    is_all.then(|| (behind, on_day((None, month, day), clock, None)))
}

/// `Nov-23-26 02:00:01`.
fn hyphenated(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let (rest, (month, _, day, _)) = (month::english, char('-'), digits(2), char('-')).parse(input)?;
    let (rest, (year, _, clock)) = (short_year, char(' '), clock).parse(rest)?;
    Ok((rest, on_day((Some(year), month, day), clock, None)))
}

/// `Mon `.
pub(super) fn weekday(input: &[u8]) -> IResult<&[u8], &[u8]> {
    match input.split_first_chunk() {
        Some((name, [b' ', rest @ ..])) if WEEKDAYS.contains(name) => Ok((rest, name)),
        _ => refused(input),
    }
}

fn day(input: &[u8]) -> IResult<&[u8], u8> {
    match input {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => Ok((rest, (tens - b'0') * 10 + (ones - b'0'))),
        [ones @ b'0'..=b'9', rest @ ..] => Ok((rest, ones - b'0')),
        _ => refused(input),
    }
}

/// A year behind the clock, as `ctime` writes it; a host's name could look like it, but not like this century.
fn year_after(input: &[u8]) -> IResult<&[u8], i32> {
    let year = verify(digits(4), |year| (1970..2200).contains(year));
    delimited(char(' '), year, peek(one_of(" ]"))).parse(input)
}
