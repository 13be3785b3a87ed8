//! `23/Nov/2026:02:00:01 +0100` (CLF) and its relatives with hyphens and a space.

use nom::branch::alt;
use nom::character::complete::{char, one_of};
use nom::combinator::{opt, verify};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::bsd::month;
use super::clock::{clock, digits, timestamp as on_day};
use super::iso::offset;
use crate::Timestamp;

/// `23/Nov/2026:02:00:01[ +0100]` or `23-Nov-2026 02:00:01[ +0100]`; between hyphens the month may be a number.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let (rest, (day, mark)) = (digits(2), one_of("/-")).parse(input)?;
    let number = verify(digits(2), |_| mark == '-');
    let (rest, month) = alt((month, number)).parse(rest)?;
    let (rest, (_, year, _)) = (char(mark), digits(4), one_of(": ")).parse(rest)?;
    let (rest, (clock, offset)) = (clock, opt(preceded(char(' '), offset))).parse(rest)?;
    Ok((rest, on_day((Some(year), month, day), clock, offset)))
}
