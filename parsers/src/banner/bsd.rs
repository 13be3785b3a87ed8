//! `Nov 23 02:00:01` (RFC 3164) and its relatives with a weekday, a year or a fraction.

use nom::branch::alt;
use nom::bytes::complete::take;
use nom::character::complete::{char, one_of, space1};
use nom::combinator::{map_opt, opt, peek, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::clock::{clock, digits, timestamp as on_day};
use crate::Timestamp;

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const WEEKDAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

/// `[Mon ]Nov 23[ 2026] 02:00:01[.123][ 2026]`.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let year_before = opt(delimited(space1, digits(4), peek(char(' '))));
    let (rest, (_, month, day, before)) =
        (opt(weekday), month, preceded(space1, day), year_before).parse(input)?;
    let (rest, clock) = preceded(space1, clock).parse(rest)?;
    let (rest, after) = opt(year_after).parse(rest)?;
    Ok((rest, on_day((before.or(after), month, day), clock, None)))
}

/// `Mon `.
pub(super) fn weekday(input: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(verify(take(3usize), |name: &[u8]| WEEKDAYS.contains(&name)), char(' ')).parse(input)
}

pub(super) fn month(input: &[u8]) -> IResult<&[u8], u8> {
    let number =
        |name: &[u8]| MONTHS.iter().position(|month| *month == name)?.checked_add(1)?.try_into().ok();
    map_opt(take(3usize), number).parse(input)
}

fn day(input: &[u8]) -> IResult<&[u8], u8> {
    alt((digits(2), digits(1))).parse(input)
}

/// A year behind the clock, as `ctime` writes it; a host's name could look like it, but not like this century.
fn year_after(input: &[u8]) -> IResult<&[u8], i32> {
    let year = verify(digits(4), |year| (1970..2200).contains(year));
    delimited(char(' '), year, peek(one_of(" ]"))).parse(input)
}
