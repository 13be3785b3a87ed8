//! `23-11-2026 02:00:01` and `11/23/2026 02:00:01 PM`: dates of numbers alone.

use nom::character::complete::space1;
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::clock::{Clock, clock, timestamp as on_day, two};
use super::iso::offset;
use crate::Timestamp;
use crate::tail::refused;

/// The day comes first before hyphens and the month before slashes, unless the numbers say otherwise.
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let [a, aa, mark @ (b'-' | b'/'), b, bb, again, c, cc, y, yy, b' ', rest @ ..] = input else {
        return refused(input);
    };
    let (Some(first), Some(second), Some(century), Some(year), true) =
        (two(*a, *aa), two(*b, *bb), two(*c, *cc), two(*y, *yy), mark == again)
    else {
        return refused(input);
    };
    let is_day_first = if *mark == b'-' { second <= 12 } else { first > 12 };
    let (month, day) = if is_day_first { (second, first) } else { (first, second) };
    let (rest, (clock, half)) = (clock, opt(half)).parse(rest)?;
    let (rest, offset) = opt(preceded(space1, offset)).parse(rest)?;
    let year = i32::from(century) * 100 + i32::from(year);
    Ok((rest, on_day((Some(year), month, day), in_half(clock, half), offset)))
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
