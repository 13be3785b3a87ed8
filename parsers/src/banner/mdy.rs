//! `11/23/2026 02:00:01` and its relatives, the month first: Snort, FreeSWITCH, PortSentry, Half-Life's servers.

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{map, opt};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::clock::{clock, digits, timestamp as on_day};
use crate::{Line, Timestamp};

/// `11/23[/2026]-02:00:01[.123456]`, or with hyphens and a space.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let (rest, (month, mark, day)) = (digits(2), one_of("/-"), digits(2)).parse(input)?;
    let year = opt(preceded(char(mark), digits(4)));
    let separator = alt((tag(" - "), tag("-"), tag(" ")));
    map((year, separator, clock), |(year, _, clock)| on_day((year, month, day), clock, None)).parse(rest)
}

/// `L 11/23/2026 - 02:00:01: MESSAGE` and `1795399201 - 11/23/2026 02:00:01 MESSAGE`, of programs that have files of their
/// own: whatever word the message begins with is no host.
pub(super) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let game = delimited(tag("L "), timestamp, tag(": "));
    let sentry = delimited((digit1, tag(" - ")), timestamp, char(' '));
    let (message, timestamp) = alt((game, sentry)).parse(input)?;
    Ok((&[], Line { timestamp: Some(timestamp), ..Line::bare(message) }))
}
