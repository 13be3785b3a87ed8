//! Banners of programs that have files of their own, where whatever word the message begins with is no host: the
//! servers of Half-Life, PortSentry.

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit1};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::numeric;
use crate::Line;

/// `L 11/23/2026 - 02:00:01: MESSAGE` or `1795399201 - 11/23/2026 02:00:01 MESSAGE`.
pub(super) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let game = delimited(tag("L "), numeric::timestamp, tag(": "));
    let sentry = delimited((digit1, tag(" - ")), numeric::timestamp, char(' '));
    let (message, timestamp) = alt((game, sentry)).parse(input)?;
    Ok((&[], Line { timestamp: Some(timestamp), ..Line::bare(message) }))
}
