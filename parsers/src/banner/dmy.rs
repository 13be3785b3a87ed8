//! `23/Nov/2026:02:00:01 +0100` (CLF) and its relatives with hyphens and a space.

use nom::branch::alt;
use nom::character::complete::{char, one_of};
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::clock::{clock, digits, timestamp as on_day};
use super::iso::offset;
use super::month;
use crate::Timestamp;

/// `23/Nov/2026:02:00:01[ +0100]` or `23-Nov-2026 02:00:01[ +0100]`; between slashes the month may be in any language.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let (rest, (day, mark)) = (digits(2), one_of("/-")).parse(input)?;
    let (rest, month) = match mark {
        '/' => alt((month::english, month::of_any_language)).parse(rest)?,
        _ => month::english(rest)?,
    };
    let (rest, (_, year, _)) = (char(mark), digits(4), one_of(": ")).parse(rest)?;
    let (rest, (clock, offset)) = (clock, opt(preceded(char(' '), offset))).parse(rest)?;
    Ok((rest, on_day((Some(year), month, day), clock, offset)))
}
