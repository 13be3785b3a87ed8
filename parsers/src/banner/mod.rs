//! What syslog daemons, journalctl and the daemons themselves put before a message: one file a format.
//!
//! A banner is read in two parts, the time and the origin (host and program), because their formats combine freely.
//! The formats that hold their time further inside are whole messages: the access logs of web servers, and JSON.

mod bsd;
mod clf;
mod clock;
mod container;
mod dmy;
mod epoch;
mod inside;
mod iso;
mod json;
mod month;
mod numeric;
mod origin;
mod own_file;
mod rfc5424;
mod zone;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{char, digit1, one_of, space0, space1, u32};
use nom::combinator::{map, opt, recognize, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::tail::refused;
use crate::{Line, Timestamp};

/// A line taken apart. One in no known format is a message without a banner.
pub(crate) fn line(raw: &[u8]) -> Line<'_> {
    if container::may_hold(raw)
        && let Some(line) = contained(raw)
    {
        return line;
    }
    own_line(raw)
}

/// The line that a container's runtime has written around.
fn contained(raw: &[u8]) -> Option<Line<'_>> {
    let inside = container::inner(raw).map(|(timestamp, inner)| (timestamp, own_line(inner)));
    // Whatever else has such a time in front has it for its own banner.
    let is_record = |(_, line): &(Timestamp, Line<'_>)| line.is_record;
    let stamped =
        || Some(container::stamped(raw)?).map(|(time, inner)| (time, own_line(inner))).filter(is_record);
    let (timestamp, line) = inside.or_else(stamped)?;
    Some(Line { timestamp: line.timestamp.or(Some(timestamp)), ..line })
}

fn own_line(raw: &[u8]) -> Line<'_> {
    if let Ok((_, line)) = banner(raw) {
        return line;
    }
    if let Some(timestamp) = inside::timestamp(raw) {
        return Line { timestamp: Some(timestamp), ..Line::bare(raw) };
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
        Some(b'[') => alt((dropbear_stderr, timed, preceded(thread, timed))).parse(rest),
        Some(b'L') if rest.starts_with(b"L ") => own_file::line(rest),
        Some(b'{') | None => refused(rest),
        // No host and no topic begins with a digit.
        Some(b'0'..=b'9') => alt((timed, origin::named, own_file::line)).parse(rest),
        Some(_) => alt((timed, origin::tagged)).parse(rest),
    }
}

/// `<34>`, facility and severity, as sent over the wire; `<W>`, the level as Murmur writes it.
fn priority(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let letter = recognize(one_of("WXCFD"));
    delimited(char('<'), alt((digit1, letter)), char('>')).parse(input)
}

/// `[28325:00010-3735542592] `, the thread that Domino puts before the time.
fn thread(input: &[u8]) -> IResult<&[u8], ()> {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'-';
    let inside = verify(take_while1(is_part), |thread: &[u8]| thread.contains(&b':'));
    value((), (char('['), inside, tag("] "))).parse(input)
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
        Some(b't') => map(logfmt, Some).parse(input),
        _ => date(input),
    }?;
    let apart = alt((value((), (opt(char(':')), space1)), value((), one_of("|:"))));
    value(timestamp, apart).parse(rest)
}

/// The first bytes and marks tell the formats apart. A clock without a day is no time, but part of the banner.
fn date(input: &[u8]) -> IResult<&[u8], Option<Timestamp>> {
    match input {
        [b'0'..=b'9', _, b':', ..] => value(None, clock::clock).parse(input),
        [b'0'..=b'9', _, b'/' | b'-', b'0'..=b'9', ..] => map(numeric::timestamp, Some).parse(input),
        [b'0'..=b'9', _, b'/' | b'-', ..] => map(dmy::timestamp, Some).parse(input),
        [b'0'..=b'9', _, _, _, b'-' | b'/' | b'.' | b':', ..] => map(iso::timestamp, Some).parse(input),
        [b'0'..=b'9', _, _, _, _, _, b' ', ..] => map(numeric::short, Some).parse(input),
        [b'0'..=b'9', _, _, _, _, _, _, _, b'-', ..] => map(numeric::compact, Some).parse(input),
        [b'0'..=b'9', _, _, _, _, _, _, _, _, _, b'.' | b',', ..] => map(epoch::timestamp, Some).parse(input),
        [b'0'..=b'9', ..] => refused(input),
        _ => map(alt((bsd::timestamp, iso::timestamp)), Some).parse(input),
    }
}

/// `t=2026-11-23T02:00:01Z` or `time="2026-11-23T02:00:01Z"`.
fn logfmt(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let quoted = delimited(char('"'), iso::timestamp, char('"'));
    preceded(alt((tag("t="), tag("ts="), tag("time="))), alt((quoted, iso::timestamp))).parse(input)
}

/// `[Mon Nov 23 02:00:01.123456 2026] ` (Apache), `[2026-11-23 02:00:01] `, `[23-Nov-2026 02:00:01 +0100]: `,
/// `[CET Nov 23 02:00:01] ` (Monit), or seconds since a boot that the line does not date.
fn in_brackets(input: &[u8]) -> IResult<&[u8], Option<Timestamp>> {
    let dated = delimited(char('['), alt((date, map(zoned, Some))), char(']'));
    let dated = terminated(dated, (opt(char(':')), space0));
    alt((dated, value(None, (epoch::since_boot, space1)))).parse(input)
}

/// `PDT Nov 23 02:00:01`; of some zones only their own machines could say which one it is.
fn zoned(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let some_zone = value(None, take_while_m_n(2, 5, |byte: u8| byte.is_ascii_uppercase()));
    let (rest, offset) = terminated(alt((map(zone::name, Some), some_zone)), char(' ')).parse(input)?;
    map(bsd::timestamp, |time| Timestamp { offset, ..time }).parse(rest)
}

/// The time that a daemon writes itself when syslog has already written one.
fn again(input: &[u8]) -> IResult<&[u8], ()> {
    match input.first() {
        Some(b'[') => {
            value((), (char('['), alt((bsd::timestamp, iso::timestamp)), char(']'), space0)).parse(input)
        }
        Some(b'0'..=b'9' | b'<') => value((), (opt(priority), date, opt(char(':')), char(' '))).parse(input),
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
