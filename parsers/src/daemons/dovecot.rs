//! Dovecot 1.0 to 2.4: its login processes (client-common.c) and its password databases (auth-request.c), through
//! syslog or in its own log file.

use core::net::IpAddr;

use memchr::memchr;

use crate::text;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, pam, repeat, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "dovecot",
    programs: &[
        "auth",
        "auth-worker",
        "dovecot-auth",
        "imap-login",
        "pop3-login",
        "managesieve-login",
        "submission-login",
        "sieve-login",
    ],
    units: &["dovecot"],
    any_program: false,
    bare: Bare::Opens(&[
        "auth(",
        "auth-worker(",
        "imap-login: ",
        "pop3-login: ",
        "managesieve-login: ",
        "submission-login: ",
        "dovecot: ",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_processes(message);
    pam::event(text).or_else(|| login(text)).or_else(|| lookup(text)).or_else(|| request(text))
}

/// The message itself, behind the processes it came through: `dovecot: auth-worker(7): conn unix:auth-worker
/// (pid=7,uid=8): auth-worker<9>: Info: `.
fn behind_processes(message: &[u8]) -> &[u8] {
    const PROCESSES: [&[u8]; 13] = [
        b"dovecot: ",
        b"auth: ",
        b"auth-worker: ",
        b"imap-login: ",
        b"pop3-login: ",
        b"managesieve-login: ",
        b"submission-login: ",
        b"sieve-login: ",
        b"Info: ",
        b"Warning: ",
        b"Error: ",
        b"auth(default): ",
        b"auth-worker(default): ",
    ];
    let mut text = message;
    while let Some(rest) =
        PROCESSES.iter().find_map(|name| text.strip_prefix(*name)).or_else(|| numbered(text))
    {
        text = rest;
    }
    text
}

/// Behind `auth-worker(7): `, `auth-worker<9>: ` or `conn unix:auth-worker (pid=7,uid=8): `.
fn numbered(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"conn unix:") {
        return rest.get(text::find(rest, b"): ").filter(|&at| at < 64)? + 3..);
    }
    let rest = text.strip_prefix(b"auth-worker").or_else(|| text.strip_prefix(b"auth"))?;
    let digits = rest.strip_prefix(b"(").or_else(|| rest.strip_prefix(b"<"))?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).filter(|&end| end > 0)?;
    let rest = digits.get(end..)?;
    rest.strip_prefix(b"): ").or_else(|| rest.strip_prefix(b">: "))
}

/// `REASON (DETAILS): user=<NAME>, method=M, rip=IP, lip=IP, ...`: behind the last `rip=` nothing is the client's.
fn login(text: &[u8]) -> Option<Finding<'_>> {
    let fields_at =
        [&b": user=<"[..], b": method=", b": rip="].iter().filter_map(|mark| text::find(text, mark)).min()?;
    let (reason, fields) = (text.get(..fields_at)?, text.get(fields_at + 2..)?);
    let peer = text::rfind(fields, b"rip=")?;
    let before = fields.get(..peer)?;
    if !before.is_empty() && !before.ends_with(b", ") {
        return None;
    }
    let peer = fields.get(peer + b"rip=".len()..)?;
    let end = memchr(b',', peer).unwrap_or(peer.len());
    let address = address::read(peer.get(..end)?)?;
    let (kind, count) = ending(reason)?;
    let finding = Finding { count, ..Finding::new(kind, address) };
    let named = before.strip_prefix(b"user=<").and_then(|named| named.get(..text::rfind(named, b">, ")?));
    let rest = peer.get(end..)?.strip_prefix(b", ").map(Private::Detail);
    Some(named.map_or(finding, |user| finding.by(user)).hiding(rest))
}

/// What the reason of an end tells, and of how many attempts.
fn ending(reason: &[u8]) -> Option<(Kind, u32)> {
    const BEGINNINGS: [&[u8]; 6] = [
        b"Aborted login",
        b"Disconnected",
        b"Login aborted",
        b"Client has quit the connection",
        b"Remote closed connection",
        b"Maximum number of connections",
    ];
    const DETAILS: [(&[u8], Kind); 13] = [
        (b"(auth failed, ", Kind::FailedSession),
        (b"(proxy dest auth failed", Kind::FailedSession),
        (b"(tried to use disabled ", Kind::LoginAborted),
        (b"(tried to use disallowed ", Kind::LoginAborted),
        (b"(tried to use unsupported ", Kind::LoginAborted),
        (b"(client sent an invalid cert", Kind::FailedKey),
        (b"(client didn't finish SASL auth", Kind::LoginAborted),
        (b"(no auth attempts", Kind::NoLogin),
        (b"(disconnected before auth was ready", Kind::NoLogin),
        (b"(disconnected during TLS handshake", Kind::NoLogin),
        (b"(cert required, ", Kind::NoLogin),
        (b"(client didn't send a cert", Kind::NoLogin),
        (b"Too many invalid ", Kind::BadProtocol),
    ];
    if !BEGINNINGS.iter().any(|beginning| reason.starts_with(beginning)) {
        return None;
    }
    if let Some(kind) = ending_of_old(reason) {
        return Some((kind, 1));
    }
    let (at, mark, kind) =
        DETAILS.iter().find_map(|(mark, kind)| Some((text::find(reason, mark)?, *mark, *kind)))?;
    let count = match kind {
        Kind::FailedSession => reason.get(at + mark.len()..).and_then(|rest| repeat::count(rest).ok()),
        _ => None,
    };
    Some((kind, count.map_or(1, |(_, count)| count.max(1))))
}

/// `Aborted login[ (N authentication attempts)]` (1.0), without a word of whether they failed.
fn ending_of_old(reason: &[u8]) -> Option<Kind> {
    let details = reason.strip_prefix(b"Aborted login")?;
    let attempts = split::between(details, b" (", b" authentication attempts)");
    match attempts.filter(|(_, rest)| rest.is_empty()) {
        Some((b"0", _)) => Some(Kind::NoLogin),
        Some((attempts, _)) => text::number::<u32>(attempts).map(|_| Kind::LoginAborted),
        None => details.is_empty().then_some(Kind::LoginAborted),
    }
}

/// `DATABASE(NAME,IP[,<SESSION>]): REASON`.
fn lookup(text: &[u8]) -> Option<Finding<'_>> {
    let open = memchr(b'(', text)?;
    let database = text.get(..open)?;
    let is_database = !database.is_empty()
        && database.iter().all(|&byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let (user, address, reason) = only_reading(text.get(open + 1..)?, b"): ").filter(|_| is_database)?;
    answered(user, address, reason)
}

/// `auth(NAME,IP,sasl:METHOD)<SESSION>: Info: DATABASE: REASON` (2.4).
fn request(text: &[u8]) -> Option<Finding<'_>> {
    let (user, address, reason) = only_reading(text.strip_prefix(b"auth(")?, b">: ")?;
    let reason = reason.strip_prefix(b"Info: ").unwrap_or(reason);
    answered(user, address, reason.get(text::find(reason, b": ")? + 2..)?)
}

/// A password that was given may stand in the reason, and the name in front is the client's too: what is read is the
/// only way to read it.
fn only_reading<'a>(text: &'a [u8], mark: &'static [u8]) -> Option<(&'a [u8], IpAddr, &'a [u8])> {
    let mut readings = text::find_iter(text, mark).filter_map(|end| {
        let (user, address) = user_and_address(text.get(..end)?)?;
        Some((user, address, text.get(end + mark.len()..)?))
    });
    readings.next().filter(|_| readings.next().is_none())
}

/// The longest address with a session and a method behind it.
const LONGEST: usize = 256;

/// `NAME,IP`, with `,<SESSION>`, `,` or `,sasl:METHOD)<SESSION` behind it.
fn user_and_address(text: &[u8]) -> Option<(&[u8], IpAddr)> {
    // The name may be of any length and full of marks: what is looked for is near the end.
    let (_, near) = text.split_at(text.len().saturating_sub(LONGEST));
    let user = |behind: usize| text.get(..text.len().checked_sub(behind + 1)?);
    let (before, last) = split::last(near, b",")?;
    if let Some(address) = address::read(last) {
        return Some((user(last.len())?, address));
    }
    let is_addition = last.is_empty() || last.starts_with(b"<") || last.starts_with(b"sasl:");
    let (_, middle) = split::last(before, b",").filter(|_| is_addition)?;
    Some((user(middle.len() + 1 + last.len())?, address::read(middle)?))
}

fn answered<'a>(user: &'a [u8], address: IpAddr, reason: &'a [u8]) -> Option<Finding<'a>> {
    const REASONS: [(&[u8], Kind); 13] = [
        (b"unknown user", Kind::InvalidUser),
        (b"Unknown user", Kind::InvalidUser),
        (b"Password mismatch", Kind::FailedLogin),
        (b"password mismatch", Kind::FailedLogin),
        (b"invalid credentials", Kind::FailedLogin),
        (b"pam_authenticate() failed: ", Kind::FailedLogin),
        (b"pam_acct_mgmt() failed: ", Kind::UserNotAllowed),
        (b"user not found from ", Kind::InvalidUser),
        (b"Username character disallowed by ", Kind::InvalidUser),
        (b"Authentication failure due to policy ", Kind::UserNotAllowed),
        // A token that has run out is refused as a wrong one is.
        (b"oauth2 failed: ", Kind::FailedKey),
        (b"invalid input", Kind::BadProtocol),
        (b"Empty username", Kind::BadProtocol),
    ];
    let (kind, rest) = REASONS.iter().find_map(|(text, kind)| Some((*kind, reason.strip_prefix(*text)?)))?;
    Some(Finding::new(kind, address).by(user).hiding(Some(Private::Detail(rest))))
}

#[cfg(test)]
mod tests;
