//! `host program[pid]: ` and its relatives.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1};
use nom::character::complete::{alpha1, char, digit1, hex_digit1, space1, u32};
use nom::combinator::{map, opt, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::{again, epoch, stderr_banner};
use crate::tail::refused;
use crate::{Line, Service, text};

/// Words that daemons themselves put before a colon.
const WORDS: [&[u8]; 12] = [
    b"error",
    b"fatal",
    b"info",
    b"Error",
    b"from",
    b"NOTICE",
    b"WARNING",
    b"SECURITY",
    b"ERROR",
    b"ERR",
    b"Authentication",
    b"FATAL",
];

/// Words that sshd puts before words of its client: no host, or a user called `sshd[1]: ...` could write whole lines.
/// And protocols, behind which a daemon's own word may look like a program: `IMAP Error: `, `SMTP Server: `.
const OPENINGS: [&[u8]; 11] = [
    b"User",
    b"Failed",
    b"Accepted",
    b"Postponed",
    b"Partial",
    b"Disconnecting",
    b"HTTP",
    b"IMAP",
    b"LDAP",
    b"POP3",
    b"SMTP",
];

/// Where servers log to, as syslog names it.
const FACILITIES: [&[u8]; 20] = [
    b"auth",
    b"authpriv",
    b"cron",
    b"daemon",
    b"ftp",
    b"kern",
    b"lpr",
    b"mail",
    b"news",
    b"security",
    b"syslog",
    b"user",
    b"local0",
    b"local1",
    b"local2",
    b"local3",
    b"local4",
    b"local5",
    b"local6",
    b"local7",
];
const SEVERITIES: [&[u8]; 8] = [b"debug", b"info", b"notice", b"warn", b"warning", b"err", b"crit", b"alert"];

/// What follows a time: `[host ]program[pid]: MESSAGE`, or just a message.
pub(super) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let bare = |input| Ok((&[][..], Line::bare(input)));
    match input.first() {
        Some(b'[') => alt((metalog, bare)).parse(input),
        Some(b'0') if input.starts_with(b"0x") => alt((unified, bare)).parse(input),
        _ => alt((hostless, hosted, preceded(opt(terminated(verify(word, is_host), space1)), foreign), bare))
            .parse(input),
    }
}

/// A line without a time, but with the name of its program.
///
/// A message may begin with any word and a colon, so only a process id or the name of a service makes it a program.
/// A message may also begin with a word and a user's name, `User sshd[1]: x from ...`. No message has a user behind a
/// small word without a colon, so only such a word makes it a host.
pub(super) fn tagged(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let beyond_doubt = |line: &Line<'_>| line.pid.is_some() && line.host.is_some_and(is_small);
    alt((named, verify(hosted, beyond_doubt), topics)).parse(input)
}

/// The same without a host.
pub(super) fn named(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let certain =
        |line: &Line<'_>| line.pid.is_some() || line.program.and_then(Service::of_program).is_some();
    verify(hostless, certain).parse(input)
}

fn is_small(host: &[u8]) -> bool {
    let small = |&byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    host.first().is_some_and(u8::is_ascii_lowercase) && host.iter().all(small)
}

fn hostless(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    preceded(opt(facility), message).parse(input)
}

/// FreeBSD writes the facility before the host, busybox behind it.
fn hosted(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let host = terminated(verify(word, is_host), space1);
    map((opt(facility), host, opt(facility), message), |(_, host, _, line)| Line { host: Some(host), ..line })
        .parse(input)
}

/// Names, addresses and what syslog-ng makes of them (`source@gate/relay`); nothing that a daemon's own format begins
/// with.
fn is_host(word: &[u8]) -> bool {
    let part = |&byte: &u8| byte.is_ascii_alphanumeric() || b"._:-@/%".contains(&byte);
    let is_opening = || word.first().is_some_and(u8::is_ascii_uppercase) && OPENINGS.contains(&word);
    word.iter().all(part) && !word.ends_with(b":") && !is_opening()
}

/// `program[pid]: MESSAGE`.
fn message(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let (message, (program, pid)) = terminated(program, opt(remark)).parse(input)?;
    Ok((&[], Line { program: Some(program), pid, ..Line::bare(message) }))
}

/// `[program] MESSAGE`. Daemons write levels and process ids in the same place, so only a known name is a program.
fn metalog(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let is_known = |name: &[u8]| Service::of_program(name).is_some();
    let name = verify(take_till1(|byte| b" []".contains(&byte)), is_known);
    let (message, program) =
        delimited(char('['), name, (char(']'), opt(char(':')), char(' '))).parse(input)?;
    Ok((&[], Line { program: Some(program), ..Line::bare(message) }))
}

/// macOS (`log show`): `0xTHREAD TYPE 0xACTIVITY PID TTL PROGRAM: [(LIBRARY) ][[SUBSYSTEM] ]MESSAGE`, apart by any
/// number of spaces.
fn unified(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let hex = |input| preceded(tag("0x"), hex_digit1).parse(input);
    let (rest, _) = (hex, space1, alpha1, space1, hex, space1).parse(input)?;
    let (rest, (pid, _, _, _)) = (u32, space1, digit1, space1).parse(rest)?;
    let library = (char('('), take_till1(|byte| byte == b')'), tag(") "));
    let subsystem = (char('['), take_till1(|byte| byte == b']'), tag("] "));
    let (message, (program, _, _)) = (program, opt(library), opt(subsystem)).parse(rest)?;
    Ok((&[], Line { program: Some(program.0), pid: Some(pid), ..Line::bare(message) }))
}

/// What some write where syslog has the program.
fn foreign(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    if input.first() == Some(&b'[') { security_log(input) } else { topics(input) }
}

/// RouterOS: `system,error,critical MESSAGE`. Only known topics are a program.
fn topics(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let is_topic = |byte: &u8| byte.is_ascii_lowercase() || *byte == b',';
    let known = |word: &[u8]| {
        word.iter().all(is_topic) && word.contains(&b',') && Service::of_program(word).is_some()
    };
    let (message, topics) = terminated(verify(word, known), char(' ')).parse(input)?;
    Ok((&[], Line { program: Some(topics), ..Line::bare(message) }))
}

/// SoftEther: `[SERVER/VPN/HUB] (TIME) <SECURITY_LOG>: MESSAGE`.
fn security_log(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let server = delimited(char('['), take_till1(|byte| byte == b']'), tag("] ("));
    let (rest, _) = (server, take_till1(|byte| byte == b')'), tag(") ")).parse(input)?;
    let (message, program) = terminated(tag("<SECURITY_LOG>"), tag(": ")).parse(rest)?;
    Ok((&[], Line { program: Some(program), ..Line::bare(message) }))
}

fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_till1(|byte| byte == b' ')(input)
}

/// `auth.info ` (busybox) or `<auth.info> ` (FreeBSD). A host may be called `shop.info`, so the names are fixed.
fn facility(input: &[u8]) -> IResult<&[u8], &[u8]> {
    // Nearly no line has one, and every line is asked.
    let may_open = matches!(
        input,
        [b'<', ..]
            | [b'a', b'u', b't', ..]
            | [b'c', b'r', b'o', ..]
            | [b'd', b'a', b'e', ..]
            | [b'f', b't', b'p', ..]
            | [b'k', b'e', b'r', ..]
            | [b'l', b'o', b'c', ..]
            | [b'l', b'p', b'r', ..]
            | [b'm', b'a', b'i', ..]
            | [b'n', b'e', b'w', ..]
            | [b's', b'e', b'c', ..]
            | [b's', b'y', b's', ..]
            | [b'u', b's', b'e', ..]
    );
    if !may_open || !input.iter().take_while(|&&byte| byte != b' ').any(|&byte| byte == b'.') {
        return refused(input);
    }
    let known = |name: &&[u8]| {
        let mut parts = name.splitn(2, |&byte| byte == b'.');
        parts.next().is_some_and(|name| FACILITIES.contains(&name))
            && parts.next().is_some_and(|name| SEVERITIES.contains(&name))
    };
    let name = || verify(take_till1(|byte| b" >".contains(&byte)), known);
    alt((delimited(char('<'), name(), tag("> ")), terminated(name(), char(' ')))).parse(input)
}

/// Whether a program's name may have this byte in it.
const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'[' | b']' | b':' | b'"' | b'\'' | b'=' | b',' | b';' | b'<' | b'>' | b'{' | b'}')
}

/// `name[pid]: `, the pid being optional.
fn program(input: &[u8]) -> IResult<&[u8], (&[u8], Option<u32>)> {
    let end = input.iter().position(|&byte| !is_of_name(byte)).unwrap_or(input.len());
    let Some((name, rest)) = input.split_at_checked(end).filter(|(name, _)| !name.is_empty()) else {
        return refused(input);
    };
    let (rest, pid) = match rest {
        [b'[', rest @ ..] => map(terminated(digit1, char(']')), text::number).parse(rest)?,
        _ => (rest, None),
    };
    match rest {
        _ if WORDS.contains(&name) => refused(input),
        // Some write more than one: Samba, and templates of rsyslog that forget that its message begins with a space.
        [b':', b' ', rest @ ..] => Ok((rest.trim_ascii_start(), (name, pid))),
        // The name of the server follows.
        [b' ', rest @ ..] if pid.is_some() && name == b"proftpd" => Ok((rest, (name, pid))),
        [b':', rest @ ..] if rest.is_empty() => Ok((rest, (name, pid))),
        _ => refused(input),
    }
}

/// What some put between the program and its message: Solaris `[ID 800047 auth.info] `, a syslog that mixes up the
/// kernel's clock `kernel:[  970.699396]: `, daemons their own time again.
fn remark(input: &[u8]) -> IResult<&[u8], ()> {
    if !matches!(input.first(), Some(b'[' | b'k' | b'<' | b'0'..=b'9')) {
        return refused(input);
    }
    let word = take_till1(|byte| b" ]".contains(&byte));
    let solaris = value((), (tag("[ID "), digit1, char(' '), word, tag("] ")));
    let kernel = (tag("kernel:"), opt(char(' ')), epoch::since_boot, opt(char(':')), char(' '));
    alt((solaris, value((), kernel), value((), stderr_banner), again)).parse(input)
}
