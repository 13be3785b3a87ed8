//! `2026-11-23T02:00:01.123456+00:00` (ISO 8601, RFC 3339) and its relatives.

use nom::branch::alt;
use nom::character::complete::{char, one_of};
use nom::combinator::{map, opt, value};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::bsd::weekday;
use super::clock::{clock, digits, timestamp as on_day, two};
use super::zone;
use crate::Timestamp;
use crate::tail::refused;

/// `[Mon ]2026-11-23T02:00:01[.123456][+00:00]`: also with a space or a hyphen for the `T`, slashes, points or colons
/// for the hyphens, a comma for the point, a space for the hour's zero, and a zone's name as journalctl's ` UTC` (`-o
/// short-full`).
pub(super) fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let (rest, _) = opt(weekday).parse(input)?;
    let [c, cc, y, yy, mark, m, mm, again, d, dd, b'T' | b't' | b' ' | b'-', rest @ ..] = rest else {
        return refused(input);
    };
    let is_mark = mark == again && b"-/.:".contains(mark);
    let (Some(century), Some(year), Some(month), Some(day), true) =
        (two(*c, *cc), two(*y, *yy), two(*m, *mm), two(*d, *dd), is_mark)
    else {
        return refused(input);
    };
    let (rest, (clock, offset)) = (clock, zone).parse(rest)?;
    let year = i32::from(century) * 100 + i32::from(year);
    Ok((rest, on_day((Some(year), month, day), clock, offset)))
}

fn zone(input: &[u8]) -> IResult<&[u8], Option<i32>> {
    if !matches!(input, [b'Z' | b'z' | b'+' | b'-', ..] | [b' ', b'A'..=b'Z' | b'+' | b'-', ..]) {
        return Ok((input, None));
    }
    let utc = value(0, one_of("Zz"));
    let named = preceded(char(' '), zone::name);
    opt(alt((utc, named, preceded(opt(char(' ')), offset)))).parse(input)
}

/// `+01:00`, `+0100` or `+01`, in seconds.
pub(super) fn offset(input: &[u8]) -> IResult<&[u8], i32> {
    let minutes = map(opt(preceded(opt(char(':')), digits(2))), Option::unwrap_or_default);
    map((one_of("+-"), digits(2), minutes), |(sign, hours, minutes): (char, i32, i32)| {
        let seconds = hours * 3600 + minutes * 60;
        if sign == '-' { -seconds } else { seconds }
    })
    .parse(input)
}
