//! Home Assistant (components/http/ban.py): `Login attempt or request with invalid authentication from [NAME
//! (]IP[)][. Requested URL: 'URL'. (AGENT)]`.
//!
//! The name is resolved, and no name has a space; all else of the client follows.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "home-assistant",
    programs: &["hass", "homeassistant"],
    units: &["home-assistant", "hass"],
    any_program: false,
    bare: Bare::Opens(&["WARNING ("]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (thread, rest) = split::between(message, b"WARNING (", b") [")?;
    let (logger, text) = split::first(rest, b"] ").filter(|_| thread.len() < 64)?;
    if logger != b"homeassistant.components.http.ban" {
        return None;
    }
    if let Some(rest) = text.strip_prefix(b"Banned IP ") {
        let (address, _) = split::first(rest, b" for too many login attempts")?;
        return Some(Finding::new(Kind::TooManyFailures, address::read(address)?));
    }
    let rest = text.strip_prefix(b"Login attempt or request with invalid authentication from ")?;
    let (name, address, rest) = client(rest)?;
    let finding = Finding::new(Kind::FailedLogin, address).hiding(name.map(Private::Host));
    Some(finding.hiding(Some(Private::Query(rest))))
}

/// Its resolved name, its address, and what follows.
type Client<'a> = (Option<&'a [u8]>, IpAddr, &'a [u8]);

/// `NAME (IP). ` or `IP`.
fn client(text: &[u8]) -> Option<Client<'_>> {
    let (name, rest) = split::word(text)?;
    if let Some((address, rest)) = split::between(rest, b"(", b")") {
        // The same address again when it has no name.
        let name = Some(name).filter(|name| address::read(name).is_none());
        return Some((name, address::read(address)?, rest));
    }
    Some((None, address::read(name.strip_suffix(b".").unwrap_or(name))?, rest))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "2026-11-23 02:00:01.123 WARNING (MainThread) [homeassistant.components.http.ban]";

    #[test]
    fn failed_logins_are_told_in_the_wordings_of_all_versions() {
        let text = "Login attempt or request with invalid authentication from";
        for client in [
            "203.0.113.7",
            "203.0.113.7 (203.0.113.7). Requested URL: '/x'. (a (192.0.2.1))",
            "a.example (203.0.113.7). (x)",
        ] {
            tells("home-assistant", &format!("{OPENING} {text} {client}"), "failed-login 203.0.113.7");
        }
        tells(
            "home-assistant",
            &format!("{OPENING} Banned IP 203.0.113.7 for too many login attempts"),
            "too-many-failures 203.0.113.7",
        );
        tells_nothing(
            "home-assistant",
            &[
                &format!("{OPENING} {text} a.example"),
                &format!("2026-11-23 02:00:01 WARNING (MainThread) [x] {text} 203.0.113.7"),
            ],
        );
    }
}
