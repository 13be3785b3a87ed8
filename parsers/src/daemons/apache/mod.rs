//! Apache's error log: `[MODULE:LEVEL] [pid N:tid N] [client IP:PORT] AHnnnnn: MESSAGE[, referer: URL]`, since 2.2 and
//! through syslog, with what ModSecurity writes into it; and its access log when it goes through syslog.
//!
//! The address stands before all words of the client.

mod message;

use memchr::memchr;

use crate::{Kind, text};

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::web::WebRules;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "apache",
    programs: &["httpd", "apache2", "modsecurity", "mod_evasive"],
    units: &["apache2", "httpd"],
    any_program: false,
    bare: Bare::Framed(&["["], is_framed),
    grammar: Grammar::Web(event),
};

fn event<'a>(line: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    if let Some(blocked) = line.strip_prefix(b"Blacklisting address ") {
        let address = address::read(blocked.strip_suffix(b": possible DoS attack.")?)?;
        return Some(Finding::new(Kind::RateLimited, address));
    }
    if !line.starts_with(b"[") {
        return super::web::event(line, rules);
    }
    let (client, text) = client(line)?;
    message::event(client, text, rules)
}

/// `[MODULE:LEVEL] [pid N`, or `[LEVEL] [client `: nobody else writes lines like these.
fn is_framed(line: &[u8]) -> bool {
    let Some((level, rest)) = bracket(line).filter(|(level, _)| is_level(level)) else { return false };
    rest.starts_with(b"[client ") || level.contains(&b':') && rest.starts_with(b"[pid ")
}

fn is_level(text: &[u8]) -> bool {
    text.iter().all(|&byte| byte.is_ascii_alphanumeric() || b":_".contains(&byte))
}

/// The client, and the message behind it.
fn client(line: &[u8]) -> Option<(Endpoint, &[u8])> {
    let mut rest = line;
    let level = bracket(rest)?;
    if !is_level(level.0) {
        return None;
    }
    rest = level.1;
    if let Some((process, after)) = bracket(rest).filter(|(text, _)| text.starts_with(b"pid ")) {
        rest = if process.len() < 64 { after } else { return None };
    }
    let (named, text) = bracket(behind_error(rest))?;
    let client = address::peer(named.strip_prefix(b"client ").or_else(|| named.strip_prefix(b"remote "))?)?;
    // ModSecurity names the client again.
    let again = bracket(text).filter(|(text, _)| text.starts_with(b"client ")).map(|(_, text)| text);
    Some((client, behind_number(again.unwrap_or(text))))
}

/// What stands in the brackets at the beginning, and what follows them and a space.
fn bracket(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"[")?;
    let close = text::find(text, b"] ")?;
    Some((text.get(..close)?, text.get(close + 2..)?))
}

/// Without the source file and the system's error, `mod_x.c(12): ` and `(13)Permission denied: `.
fn behind_error(text: &[u8]) -> &[u8] {
    match text::find(text, b": [client ") {
        Some(at) if !text.starts_with(b"[") && at < 128 => text.get(at + 2..).unwrap_or_default(),
        _ => text,
    }
}

/// Without the number of the message, `AH01618: `.
fn behind_number(text: &[u8]) -> &[u8] {
    let numbered = text.strip_prefix(b"AH").and_then(|rest| rest.get(..memchr(b':', rest)?));
    match numbered {
        Some(digits) if digits.len() == 5 && digits.iter().all(u8::is_ascii_digit) => {
            text.get(b"AH00000:".len()..).unwrap_or_default().trim_ascii_start()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests;
