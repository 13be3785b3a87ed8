//! What container runtimes put around the lines of a program's standard output: a line of any format inside.
//!
//! Kubernetes (CRI) writes `TIME stdout F LINE`; Docker's `json-file`
//! `{"log":"LINE\n","stream":"stdout","time":"TIME"}`, and `docker logs --timestamps` `TIME LINE`.

use nom::IResult;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::char;
use nom::combinator::eof;
use nom::sequence::{delimited, terminated};

use super::iso;
use crate::{Timestamp, split};

/// Where the time of a container's line ends at the soonest, `2026-11-23T02:00:01Z`, and at the latest.
const SHORTEST: usize = 20;
const LONGEST: usize = 35;

/// Whether `raw` begins as what a runtime writes: nearly no line does, and every line is asked.
pub(super) fn may_hold(raw: &[u8]) -> bool {
    matches!(raw, [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..] | [b'{', b'"', b'l', b'o', b'g', b'"', ..])
}

/// When the runtime got the line, and the line.
pub(super) fn inner(raw: &[u8]) -> Option<(Timestamp, &[u8])> {
    match raw {
        [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', ..] => cri(raw),
        [b'{', b'"', b'l', b'o', b'g', b'"', ..] => docker(raw),
        _ => None,
    }
}

/// What follows the time that Docker gives, always with nine digits of a second and in UTC.
pub(super) fn stamped(raw: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (time, line) = raw.split_at_checked("2026-11-23T02:00:01.123456789Z ".len())?;
    let [.., b'T', _, _, b':', _, _, b':', _, _, b'.', _, _, _, _, _, _, _, _, _, b'Z', b' '] = time else {
        return None;
    };
    Some((iso::timestamp(time).ok()?.1, line))
}

/// A part of a line too long for the runtime (`P`) is none.
fn cri(raw: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (_, rest) = raw.split_at_checked(SHORTEST)?;
    let space = memchr::memchr(b' ', rest.get(..=LONGEST - SHORTEST).unwrap_or(rest))?;
    let stream = rest.get(space + 1..)?;
    let line = stream.strip_prefix(b"stdout F ").or_else(|| stream.strip_prefix(b"stderr F "))?;
    Some((iso::timestamp(raw).ok()?.1, line))
}

/// A line with escapes would have to be written anew, and one with further members may name the machine: both are left
/// alone, and so is a part of a line, which has no end.
fn docker(raw: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest) = split::quoted(raw.strip_prefix(b"{\"log\":\"")?)?;
    let line = text.strip_suffix(b"\\n")?;
    let line = line.strip_suffix(b"\\r").unwrap_or(line);
    let (_, timestamp) = members(rest).ok().filter(|_| !line.contains(&b'\\'))?;
    Some((timestamp, line))
}

/// `,"stream":"stdout","time":"TIME"}`.
fn members(input: &[u8]) -> IResult<&[u8], Timestamp> {
    let stream = (tag(",\"stream\":\""), alt((tag("stdout"), tag("stderr"))), char('"'));
    let time = delimited(tag(",\"time\":\""), iso::timestamp, char('"'));
    terminated((stream, time), (char('}'), eof)).parse(input).map(|(rest, (_, time))| (rest, time))
}
