//! `host program[pid]: ` and its relatives.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while1};
use nom::character::complete::{char, digit1, space1};
use nom::combinator::{eof, map, opt, peek, value, verify};
use nom::sequence::{delimited, terminated};
use nom::{IResult, Parser};

use crate::{Line, Service};

/// Words that sshd itself puts before a colon.
const LEVELS: [&[u8]; 3] = [b"error", b"fatal", b"info"];

/// Where ssh servers log to, as syslog names it.
const FACILITIES: [&[u8]; 5] = [b"auth", b"authpriv", b"daemon", b"security", b"user"];
const SEVERITIES: [&[u8]; 8] = [b"debug", b"info", b"notice", b"warn", b"warning", b"err", b"crit", b"alert"];

/// What follows a time: `[host ]program[pid]: MESSAGE`, or just a message.
pub(super) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let host = map(terminated(word, space1), Some);
    let hosted = (opt(facility), host, opt(facility), program);
    let hostless = map((opt(facility), program), |(facility, program)| (facility, None, None, program));
    let (message, found) = opt(alt((hostless, hosted))).parse(input)?;
    let line = match found {
        Some((_, host, _, (program, pid))) => {
            Line { host, program: Some(program), pid, ..Line::bare(message) }
        }
        None => Line::bare(message),
    };
    Ok((&[], line))
}

/// A line without a time, but with the name of its program.
///
/// A message may begin with any word and a colon, so only a process id or the name of a service makes it a program.
pub(super) fn tagged(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let certain = |(name, pid): &(&[u8], Option<u32>)| pid.is_some() || Service::of_program(name).is_some();
    let (message, (program, pid)) = verify(program, certain).parse(input)?;
    Ok((&[], Line { program: Some(program), pid, ..Line::bare(message) }))
}

fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_till1(|byte| byte == b' ')(input)
}

/// `auth.info ` (busybox) or `<auth.info> ` (FreeBSD). A host may be called `shop.info`, so the names are fixed.
fn facility(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let known = |name: &&[u8]| {
        let mut parts = name.splitn(2, |&byte| byte == b'.');
        parts.next().is_some_and(|name| FACILITIES.contains(&name))
            && parts.next().is_some_and(|name| SEVERITIES.contains(&name))
    };
    let name = || verify(take_till1(|byte| b" >".contains(&byte)), known);
    alt((delimited(char('<'), name(), tag("> ")), terminated(name(), char(' ')))).parse(input)
}

/// `name[pid]: `, the pid being optional, and Solaris' `[ID 800047 auth.info] ` behind it.
fn program(input: &[u8]) -> IResult<&[u8], (&[u8], Option<u32>)> {
    let name = take_while1(|byte: u8| byte.is_ascii_graphic() && !b"[]:".contains(&byte));
    let name = verify(name, |name: &[u8]| !LEVELS.contains(&name));
    let pid = delimited(char('['), map(digit1, super::clock::number), char(']'));
    let colon = (char(':'), alt((value((), char(' ')), value((), peek(eof)))));
    let solaris = (tag("[ID "), digit1, char(' '), word_in_brackets, tag("] "));
    let (rest, (name, pid)) = terminated((name, opt(pid)), colon).parse(input)?;
    let (rest, _) = opt(solaris).parse(rest)?;
    Ok((rest, (name, pid.flatten())))
}

fn word_in_brackets(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_till1(|byte| byte == b' ' || byte == b']')(input)
}
