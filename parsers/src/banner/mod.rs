//! What syslog daemons, journalctl and sshd itself put before a message: one file a format.
//!
//! A banner is read in two parts, the time and the origin (host and program), because their formats combine freely.

mod bsd;
mod clock;
mod epoch;
mod iso;
mod origin;
mod rfc5424;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit1, space1, u32};
use nom::combinator::{map, opt};
use nom::sequence::{delimited, terminated};
use nom::{IResult, Parser};

use crate::{Line, Timestamp};

/// Everything before the message, and the message.
pub(crate) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    preceded_by_priority(alt((rfc5424::line, dropbear_stderr, timed, origin::tagged))).parse(input)
}

/// `<34>`, facility and severity, as sent over the wire.
fn preceded_by_priority<'a, P>(
    parser: P,
) -> impl Parser<&'a [u8], Output = Line<'a>, Error = nom::error::Error<&'a [u8]>>
where
    P: Parser<&'a [u8], Output = Line<'a>, Error = nom::error::Error<&'a [u8]>>,
{
    map((opt(delimited(char('<'), digit1, char('>'))), parser), |(_, line)| line)
}

fn timed(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let (rest, timestamp) = terminated(time, space1).parse(input)?;
    let (rest, line) = origin::line(rest)?;
    Ok((rest, Line { timestamp, ..line }))
}

fn time(input: &[u8]) -> IResult<&[u8], Option<Timestamp>> {
    alt((
        map(alt((iso::timestamp, bsd::timestamp, epoch::timestamp)), Some),
        map(epoch::since_boot, |()| None),
    ))
    .parse(input)
}

/// How dropbear logs to standard error (`-E`).
fn dropbear_stderr(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let (message, (pid, timestamp)) = stderr_banner(input)?;
    Ok((&[], Line { timestamp: Some(timestamp), pid: Some(pid), ..Line::bare(message) }))
}

/// `[812] Nov 23 02:00:01 `.
fn stderr_banner(input: &[u8]) -> IResult<&[u8], (u32, Timestamp)> {
    (delimited(char('['), u32, tag("] ")), terminated(bsd::timestamp, char(' '))).parse(input)
}
