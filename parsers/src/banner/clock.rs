//! The parts that all time formats share.

use core::str;

use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{map, map_opt, opt};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use crate::Timestamp;

/// Hour, minute, second and nanosecond.
pub(super) type Clock = (u8, u8, u8, u32);

/// Exactly `width` digits.
pub(super) fn digits<'a, T: str::FromStr>(
    width: usize,
) -> impl Parser<&'a [u8], Output = T, Error = nom::error::Error<&'a [u8]>> {
    map_opt(take_while_m_n(width, width, |byte: u8| byte.is_ascii_digit()), number)
}

pub(super) fn number<T: str::FromStr>(digits: &[u8]) -> Option<T> {
    str::from_utf8(digits).ok()?.parse().ok()
}

/// `02:00:01` with a fraction or without.
pub(super) fn clock(input: &[u8]) -> IResult<&[u8], Clock> {
    let part = || preceded(char(':'), digits(2));
    map((digits(2), part(), part(), opt(fraction)), |(hour, minute, second, fraction)| {
        (hour, minute, second, fraction.unwrap_or(0))
    })
    .parse(input)
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
