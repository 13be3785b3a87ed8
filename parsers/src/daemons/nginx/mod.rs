//! nginx: its error log (`[LEVEL] PID#TID: *CONNECTION MESSAGE, client: IP, server: NAME, request: "...", ...`), and
//! its access log when it goes through syslog.
//!
//! The error log is written as the words of the client are, `%0a` of a URL as a line's end: a client can write whole
//! lines into it, so every address in it is only claimed. The access log is escaped.

mod client;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};
use crate::{Kind, split, text};
use client::Client;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "nginx",
    programs: &["openresty", "angie", "tengine"],
    units: &["nginx", "openresty"],
    any_program: false,
    bare: Bare::Framed(
        &["[error] ", "[warn] ", "[notice] ", "[info] ", "[crit] ", "[alert] ", "[emerg] "],
        |message| behind_process(message).is_some(),
    ),
    grammar: Grammar::Web(event),
};

fn event<'a>(message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let message = behind_tag(message);
    if !message.starts_with(b"[") {
        return super::web::event(message, rules);
    }
    let text = text(message)?;
    about_request(text, rules)
        .or_else(|| about_user(text))
        .or_else(|| about_connection(text))
        .or_else(|| filtered(text))
        .map(Finding::claimed)
}

/// Without `HOST nginx: 2026/11/23 02:00:01 `, which nginx writes for a syslog that puts its own banner before it.
fn behind_tag(message: &[u8]) -> &[u8] {
    const TIME: usize = "2026/11/23 02:00:01 ".len();
    let tagged = split::first(message, b" ").and_then(|(_host, rest)| rest.strip_prefix(b"nginx: "));
    let timed = tagged.and_then(|text| text.split_at_checked(TIME));
    let is_of_time = |byte: &u8| byte.is_ascii_digit() || b"/: ".contains(byte);
    timed.filter(|(time, _)| time.iter().all(is_of_time)).map_or(message, |(_, text)| text)
}

/// What follows `[LEVEL] PID#TID: `.
fn behind_process(message: &[u8]) -> Option<&[u8]> {
    let (level, rest) =
        message.strip_prefix(b"[")?.split_at_checked(memchr::memchr(b']', message)?.checked_sub(1)?)?;
    let rest = rest.strip_prefix(b"] ").filter(|_| level.iter().all(u8::is_ascii_lowercase))?;
    let digits = |text: &[u8]| text.iter().position(|byte| !byte.is_ascii_digit());
    let thread = rest.get(digits(rest)?..)?.strip_prefix(b"#")?;
    thread.get(digits(thread)?..)?.strip_prefix(b": ")
}

/// What follows `[LEVEL] PID#TID: *CONNECTION `.
fn text(message: &[u8]) -> Option<&[u8]> {
    let numbered = behind_process(message)?.strip_prefix(b"*")?;
    let space =
        memchr::memchr(b' ', numbered).filter(|&at| numbered.iter().take(at).all(u8::is_ascii_digit))?;
    numbered.get(space + 1..)
}

/// Messages that are nginx's own words up to the client, so that the first client is the true one; but for those that
/// quote what the client sent.
fn about_connection(text: &[u8]) -> Option<Finding<'_>> {
    const OPENINGS: [&[u8]; 8] = [
        b"access forbidden by rule",
        b"no user/password was provided",
        b"limiting requests, ",
        b"limiting connections ",
        b"delaying request, ",
        b"client sent ",
        b"SSL_",
        b"FastCGI sent in stderr: \"Primary script unknown\" while ",
    ];
    // Most messages are about something else, and a client has many parts.
    if !OPENINGS.iter().any(|opening| text.starts_with(opening)) {
        return None;
    }
    let is_quoting = text.starts_with(b"client sent ");
    let (before, client) = if is_quoting { client::agreed(text) } else { client::first(text) }?;
    let kind = match before {
        b"access forbidden by rule" => Kind::Forbidden,
        b"no user/password was provided for basic authentication" => Kind::Unauthorized,
        _ if before.starts_with(b"limiting requests, excess: ")
            || before.starts_with(b"limiting connections by zone ")
            || before.starts_with(b"delaying request, excess: ") =>
        {
            Kind::RateLimited
        }
        _ if is_quoting => Kind::BadRequest,
        _ if before.starts_with(b"SSL_") && before.ends_with(b" while SSL handshaking") => Kind::BadProtocol,
        _ if before.starts_with(b"SSL_read() failed (SSL:") => Kind::BadProtocol,
        _ if before.starts_with(b"FastCGI sent in stderr: ") => Kind::WebProbe,
        _ => return None,
    };
    Some(client.hide(Finding::new(kind, client.address)))
}

/// `[client IP] ModSecurity: Access denied with code N ...`.
fn filtered(text: &[u8]) -> Option<Finding<'_>> {
    let rest = text.strip_prefix(b"[client ")?;
    let end = memchr::memchr(b']', rest)?;
    let address = crate::address::read(rest.get(..end)?)?;
    let words = rest.get(end..)?.strip_prefix(b"] ModSecurity: Access denied with code ")?;
    Some(Finding::new(Kind::FilteredRequest, address).hiding(Some(Private::Detail(words))))
}

/// Messages with the name of a user: `user "NAME": password mismatch`, `user "NAME" was not found in "FILE"`,
/// `PAM: user 'NAME' - not authenticated: REASON`.
fn about_user(text: &[u8]) -> Option<Finding<'_>> {
    let opening: &[u8] = if text.starts_with(b"PAM: user '") { b"PAM: user '" } else { b"user \"" };
    let text = text.strip_prefix(opening)?;
    let (before, client) = client::behind_name(text)?;
    if let Some(user) = before.strip_suffix(b"\": password mismatch") {
        return Some(client.hide(Finding::new(Kind::FailedLogin, client.address).by(user)));
    }
    let marks: [(&[u8], _); 3] = [
        (b"' - not authenticated: ", Kind::FailedLogin),
        (b"\" was not found in \"", Kind::InvalidUser),
        (b"\": was not found in \"", Kind::InvalidUser),
    ];
    let found = marks.iter().find_map(|(mark, kind)| Some((text::rfind(before, mark)?, mark.len(), *kind)));
    let (at, length, kind) = found?;
    let file = before.get(at + length..)?;
    let file = file.strip_suffix(b"\"").unwrap_or(file);
    let finding = Finding::new(kind, client.address).by(before.get(..at)?);
    Some(client.hide(finding).hiding(Some(Private::Detail(file))))
}

/// Requests that lead nowhere: `open() "FILE" failed (2: No such file or directory)`, `"FILE" is not found (2: ...)`,
/// `directory index of "FILE" is forbidden`.
fn about_request<'a>(text: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let openings: [&[u8]; 3] = [b"open() \"", b"\"", b"directory index of \""];
    let text = openings.iter().find_map(|opening| text.strip_prefix(*opening))?;
    let (before, client) = client::agreed(text)?;
    let ends: [(&[u8], u16); 4] = [
        (b"\" failed (2: No such file or directory)", 404),
        (b"\" failed (20: Not a directory)", 404),
        (b"\" is not found (2: No such file or directory)", 404),
        (b"\" is forbidden", 403),
    ];
    let (file, status) = ends.iter().find_map(|(end, status)| Some((before.strip_suffix(*end)?, *status)))?;
    let request = Request { address: client.address, status, ..Request::of_words(client.request) };
    let finding = judge(&request, rules)?.hiding(client.server.map(Private::Host));
    Some(finding.hiding(Some(Private::Detail(client.rest))).hiding(Some(Private::Detail(file))))
}

impl<'a> Client<'a> {
    /// Everything behind the address is private, but that there was a request.
    fn hide(&self, finding: Finding<'a>) -> Finding<'a> {
        let query = Request::of_words(self.request).query;
        let server = self.server.map(Private::Host);
        finding.hiding(server).hiding(Some(Private::Query(query))).hiding(Some(Private::Detail(self.rest)))
    }
}

#[cfg(test)]
mod tests;
