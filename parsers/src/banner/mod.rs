//! What syslog daemons, journalctl and the daemons themselves put before a message: one file a format.
//!
//! A banner is read in two parts, the time and the origin (host and program), because their formats combine freely.
//! The formats that hold their time further inside are whole messages: the access logs of web servers, and JSON.

mod bsd;
mod clf;
mod clock;
mod dmy;
mod epoch;
mod iso;
mod json;
mod mdy;
mod origin;
mod rfc5424;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit1, one_of, space0, space1, u32};
use nom::combinator::{map, opt, recognize, value};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::tail::refused;
use crate::{Line, Timestamp};

/// A line taken apart. One in no known format is a message without a banner.
pub(crate) fn line(raw: &[u8]) -> Line<'_> {
    if let Ok((_, line)) = banner(raw) {
        return line;
    }
    let is_json = raw.starts_with(b"{");
    let timestamp = if is_json { json::timestamp(raw) } else { clf::timestamp(raw) };
    Line { timestamp, is_record: is_json || timestamp.is_some(), ..Line::bare(raw) }
}

/// The first byte tells most formats apart.
fn banner(raw: &[u8]) -> IResult<&[u8], Line<'_>> {
    let (rest, _) = opt(priority).parse(raw)?;
    match rest.first() {
        Some(b'1') if rest.starts_with(b"1 ") => rfc5424::line(rest),
        Some(b'[') => alt((dropbear_stderr, timed)).parse(rest),
        Some(b'L') if rest.starts_with(b"L ") => mdy::line(rest),
        Some(b'{') | None => refused(rest),
        Some(b'0'..=b'9') => alt((timed, origin::tagged, mdy::line)).parse(rest),
        Some(_) => alt((timed, origin::tagged)).parse(rest),
    }
}

/// `<34>`, facility and severity, as sent over the wire; `<W>`, the level as Murmur writes it.
fn priority(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let letter = recognize(one_of("WXCFD"));
    delimited(char('<'), alt((digit1, letter)), char('>')).parse(input)
}

fn timed(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let (rest, timestamp) = time(input)?;
    let (rest, line) = origin::line(rest)?;
    Ok((rest, Line { timestamp, ..line }))
}

/// A time at the beginning of a line, and what separates it from the rest.
fn time(input: &[u8]) -> IResult<&[u8], Option<Timestamp>> {
    let (rest, timestamp) = match input.first() {
        Some(b'[') => return in_brackets(input),
        Some(b'@') => map(epoch::tai64n, Some).parse(input),
        Some(b'0'..=b'9') if matches!(input.get(2), Some(b'/' | b'-')) => {
            map(alt((dmy::timestamp, mdy::timestamp)), Some).parse(input)
        }
        Some(b'0'..=b'9') => map(alt((iso::timestamp, epoch::timestamp)), Some).parse(input),
        _ => map(alt((bsd::timestamp, iso::timestamp)), Some).parse(input),
    }?;
    value(timestamp, (opt(char(':')), space1)).parse(rest)
}

/// `[Mon Nov 23 02:00:01.123456 2026] ` (Apache), `[2026-11-23 02:00:01] `, `[23-Nov-2026 02:00:01 +0100]: `, or seconds
/// since a boot that the line does not date.
fn in_brackets(input: &[u8]) -> IResult<&[u8], Option<Timestamp>> {
    let known = alt((bsd::timestamp, iso::timestamp, dmy::timestamp));
    let dated = map(delimited(char('['), known, char(']')), Some);
    let dated = terminated(dated, (opt(char(':')), space0));
    alt((dated, value(None, (epoch::since_boot, space1)))).parse(input)
}

/// The time that a daemon writes itself when syslog has already written one.
fn again(input: &[u8]) -> IResult<&[u8], ()> {
    match input.first() {
        Some(b'[') => value((), preceded(char('['), bsd::timestamp).and(tag("] "))).parse(input),
        Some(b'0'..=b'9' | b'<') => {
            value((), (opt(priority), iso::timestamp, opt(char(':')), char(' '))).parse(input)
        }
        _ => refused(input),
    }
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
