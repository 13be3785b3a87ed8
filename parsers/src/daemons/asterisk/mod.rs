//! Asterisk 1.4 to 22: what its channels say of registrations and calls (chan_sip.c, res_pjsip, chan_iax2.c,
//! manager.c), and its security events (res_security_log.c).
//!
//! `LEVEL[THREAD][CALL]: FILE.c:LINE FUNCTION: MESSAGE`, in its own log or behind syslog's banner.

mod channel;
mod security;

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::split;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "asterisk",
    programs: &[],
    units: &["asterisk"],
    any_program: false,
    bare: Bare::Opens(&[
        "NOTICE[",
        "NOTICE [",
        "WARNING[",
        "WARNING [",
        "SECURITY[",
        "SECURITY [",
        "ERROR[",
        "SecurityEvent=\"",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_level(message);
    if text.starts_with(b"SecurityEvent=\"") {
        return security::event(text);
    }
    let text = behind_place(text)?;
    if text.starts_with(b"SecurityEvent=\"") { security::event(text) } else { channel::event(text) }
}

/// Behind `NOTICE[1638][C-0000001d]: `, with or without the space, the call and the colon.
fn behind_level(message: &[u8]) -> &[u8] {
    let levels: [(&[u8], ()); 4] = [(b"NOTICE", ()), (b"WARNING", ()), (b"SECURITY", ()), (b"ERROR", ())];
    let Some(((), mut text)) = split::opening(message, &levels) else { return message };
    text = text.trim_ascii_start();
    while let Some((_, rest)) = split::between(text, b"[", b"]") {
        text = rest;
    }
    text.strip_prefix(b":").unwrap_or(text).trim_ascii_start()
}

/// Behind `chan_sip.c: `, `chan_sip.c:23417 in handle_request_register: `, `Ext. s:6 in @ CONTEXT: `: the place in
/// the source or in the dialplan.
fn behind_place(text: &[u8]) -> Option<&[u8]> {
    if text.starts_with(b"Ext. ") {
        return Some(split::first(text, b": \"")?.1);
    }
    let (place, rest) = split::first(text, b": ")?;
    let (file, _) = split::word(place)?;
    let is_source = file.ends_with(b".c") || split::last(file, b".c:").is_some();
    (is_source && place.len() < 80).then_some(rest.trim_ascii_start())
}

/// `IP`, `IP:PORT`, `[IP]:PORT`, and the transport in front.
fn peer(token: &[u8]) -> Option<Endpoint> {
    let alone = |token| Some(Endpoint { address: address::read(token)?, port: None });
    alone(token).or_else(|| address::joined(token))
}

#[cfg(test)]
mod tests;
