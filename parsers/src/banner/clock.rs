//! The parts that all time formats share.

use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{digit1, one_of};
use nom::combinator::{map, map_opt, opt};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use crate::tail::refused;
use crate::{Timestamp, text};

/// Hour, minute, second and nanosecond.
pub(super) type Clock = (u8, u8, u8, u32);

/// Exactly `width` digits.
pub(super) fn digits<'a, T: TryFrom<u64>>(
    width: usize,
) -> impl Parser<&'a [u8], Output = T, Error = nom::error::Error<&'a [u8]>> {
    map_opt(take_while_m_n(width, width, |byte: u8| byte.is_ascii_digit()), text::number)
}

/// `02:00:01` or ` 2:00:01`, with a fraction or without. Every line has a time, so this is read without detours.
pub(super) fn clock(input: &[u8]) -> IResult<&[u8], Clock> {
    let [h, hh, b':', m, mm, b':', s, ss, rest @ ..] = input else { return refused(input) };
    let h = if *h == b' ' { b'0' } else { *h };
    let (Some(hour), Some(minute), Some(second)) = (two(h, *hh), two(*m, *mm), two(*s, *ss)) else {
        return refused(input);
    };
    let (rest, nanosecond) = match rest.first() {
        Some(b'.' | b',') => map(opt(fraction), Option::unwrap_or_default).parse(rest)?,
        _ => (rest, 0),
    };
    Ok((rest, (hour, minute, second, nanosecond)))
}

/// Two decimal digits.
pub(super) const fn two(tens: u8, ones: u8) -> Option<u8> {
    match (tens, ones) {
        (b'0'..=b'9', b'0'..=b'9') => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

/// `.123456` or `,123`, in nanoseconds; what is finer is cut.
pub(super) fn fraction(input: &[u8]) -> IResult<&[u8], u32> {
    map(preceded(one_of(".,"), digit1), nanoseconds).parse(input)
}

fn nanoseconds(digits: &[u8]) -> u32 {
    let padded = digits.iter().copied().chain(core::iter::repeat(b'0')).take(9);
    padded.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

/// A time on a day.
pub(super) fn timestamp(date: (Option<i32>, u8, u8), clock: Clock, offset: Option<i32>) -> Timestamp {
    let ((year, month, day), (hour, minute, second, nanosecond)) = (date, clock);
    Timestamp { year, month, day, hour, minute, second, nanosecond, offset }
}
