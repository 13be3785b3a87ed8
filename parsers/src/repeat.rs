//! `message repeated N times: [ MESSAGE]`: how rsyslog folds equal messages.

use nom::bytes::complete::tag;
use nom::character::complete::{digit1, space0};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use crate::tail::ends;

/// No single line stands for more events than this, whatever number it gives.
pub const MAX_COUNT: u32 = 10_000;

/// The number of times that `message` stands for, at most [`MAX_COUNT`], and the message itself.
pub(crate) fn unfold(message: &[u8]) -> (u32, &[u8]) {
    match folded(message) {
        Ok((inner, count)) => (count, inner),
        Err(_) => (1, message),
    }
}

fn folded(message: &[u8]) -> IResult<&[u8], u32> {
    let (rest, count) = delimited(tag("message repeated "), count, tag(" times: [")).parse(message)?;
    let (rest, _) = space0(rest)?;
    let (inner, ()) = ends("]")(rest.trim_ascii_end())?;
    Ok((inner, count))
}

/// A decimal number; beyond [`MAX_COUNT`] it stays there.
pub(crate) fn count(input: &[u8]) -> IResult<&[u8], u32> {
    let (rest, digits) = digit1(input)?;
    let add =
        |sum: u32, digit: &u8| sum.saturating_mul(10).saturating_add(u32::from(digit.saturating_sub(b'0')));
    Ok((rest, digits.iter().fold(0, add).min(MAX_COUNT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_message_counts_as_often_as_it_says() {
        assert_eq!(unfold(b"message repeated 3 times: [ Bye [x]]"), (3, &b"Bye [x]"[..]));
    }

    #[test]
    fn an_absurd_count_is_bounded() {
        assert_eq!(unfold(b"message repeated 99999999999999999999 times: [ x]"), (MAX_COUNT, &b"x"[..]));
    }

    #[test]
    fn anything_else_is_a_message_of_its_own() {
        for message in [
            "x",
            "message repeated 3 times: [ x",
            "message repeated times: [ x]",
            "a message repeated 3 times: [x]",
        ] {
            assert_eq!(unfold(message.as_bytes()), (1, message.as_bytes()));
        }
    }
}
