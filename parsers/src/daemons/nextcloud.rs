//! Nextcloud and ownCloud, JSON or syslog: `Login failed: USER (Remote IP: IP)`.
//!
//! In JSON the address has a member of its own; in text it stands behind the user. Old versions add
//! `X-Forwarded-For`, which is the client's, behind it.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::fields::fields;
use crate::{Kind, address, json, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "nextcloud",
    programs: &["Nextcloud", "ownCloud", "owncloud"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["{core} ", "{no app in context} ", r#"{"reqId":"#, r#"{"app":"#]),
    grammar: Grammar::Message(event),
};

/// What a text tells.
struct Told<'a> {
    kind: Kind,
    user: Option<&'a [u8]>,
    address: Option<IpAddr>,
    /// What else of it is private.
    rest: &'a [u8],
}

/// The members that tell an event, are hidden by themselves, or tell of nobody.
const NEEDED: [&[u8]; 9] =
    [b"reqId", b"level", b"time", b"remoteAddr", b"user", b"app", b"method", b"url", b"message"];

fn event(message: &[u8]) -> Option<Finding<'_>> {
    if !message.starts_with(b"{\"") {
        let text = split::between(message, b"{", b"} ").map_or(message, |(_, text)| text);
        let told = told(text)?;
        return finding(told, None);
    }
    let (mut text, mut address, mut url, mut user) = (None, None, None, None);
    for (key, value) in fields(message) {
        match key {
            b"message" => text = text.or(Some(value)),
            b"remoteAddr" => address = address.or_else(|| address::read(value)),
            b"url" => url = Some(value),
            b"user" => user = Some(value).filter(|user| *user != b"--"),
            _ => {}
        }
    }
    let found = finding(told(text?)?, address)?;
    let found = found.hiding(url.map(Private::Query)).hiding(user.map(Private::User));
    let others = json::others(message, |member| member.is_outer() && NEEDED.contains(&member.key));
    Some(others.map(Private::Detail).map(Some).fold(found, Finding::hiding))
}

fn finding(told: Told<'_>, address: Option<IpAddr>) -> Option<Finding<'_>> {
    let finding = Finding::new(told.kind, address.or(told.address)?).hiding(Some(Private::Detail(told.rest)));
    Some(Finding { user: told.user, ..finding })
}

fn told(text: &[u8]) -> Option<Told<'_>> {
    let failed =
        text.strip_prefix(b"Login failed: ").or_else(|| text.strip_prefix(b"Two-factor challenge failed: "));
    if let Some(text) = failed {
        let text = text.strip_suffix(b")")?;
        let (user, address) = if text::find(text, b", X-Forwarded-For: ").is_some() {
            split::only(text, b" (Remote IP: ")?
        } else {
            split::last(text, b" (Remote IP: ")?
        };
        let (address, rest) = split::first(address, b", X-Forwarded-For: ").unwrap_or((address, &[]));
        let address = address::read(unquoted(address));
        return Some(Told { kind: Kind::FailedLogin, user: Some(unquoted(user)), address, rest });
    }
    if let Some(text) = text.strip_prefix(b"Trusted domain error. ") {
        let text = text.strip_prefix(b"\\").unwrap_or(text);
        let (address, host) = split::between(text, b"\"", b" tried to access using ")?;
        let address = address.strip_suffix(b"\\\"").or_else(|| address.strip_suffix(b"\""))?;
        return Some(Told {
            kind: Kind::BadRequest,
            user: None,
            address: address::read(address),
            rest: host,
        });
    }
    let (address, rest) = throttled(text)?;
    Some(Told { kind: Kind::Penalised, user: None, address, rest })
}

/// `Bruteforce attempt from "IP" detected for action "login".`, `IP address throttled because ... [action: login,
/// ..., ip: IP]`.
fn throttled(text: &[u8]) -> Option<(Option<IpAddr>, &[u8])> {
    if let Some(text) = text.strip_prefix(b"IP address ") {
        let is_known = text.starts_with(b"throttled because ") || text.starts_with(b"blocked because ");
        let (_, address) = split::last(text.strip_suffix(b"]").filter(|_| is_known)?, b", ip: ")?;
        return Some((address::read(address), &[]));
    }
    let text = text.strip_prefix(b"Bruteforce attempt from ")?;
    let text = text.strip_prefix(b"\\").unwrap_or(text);
    let (address, _) = split::between(text, b"\"", b" detected for action ")?;
    let address = address.strip_suffix(b"\\\"").or_else(|| address.strip_suffix(b"\""))?;
    Some((address::read(address), &[]))
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn json(message: &str) -> String {
        format!(
            r#"{{"reqId":"x7","level":2,"time":"2026-11-23T02:00:01+00:00","remoteAddr":"203.0.113.7","user":"--","app":"core","method":"POST","url":"/login","message":"{message}","userAgent":"x","version":"30"}}"#
        )
    }

    #[test]
    fn failed_logins_are_told_with_the_address_of_the_request() {
        tells(
            "nextcloud",
            &json("Login failed: bob (Remote IP: 203.0.113.7)"),
            "failed-login 203.0.113.7 by bob",
        );
        tells(
            "nextcloud",
            &json("Login failed: 'x (Remote IP: 192.0.2.1)' (Remote IP: '203.0.113.7')"),
            "failed-login 203.0.113.7 by x (Remote IP: 192.0.2.1)",
        );
        tells(
            "nextcloud",
            &json("Two-factor challenge failed: bob (Remote IP: 203.0.113.7)"),
            "failed-login 203.0.113.7 by bob",
        );
        tells(
            "nextcloud",
            &json(r#"Trusted domain error. \"203.0.113.7\" tried to access using \"x\" as host."#),
            "bad-request 203.0.113.7",
        );
        tells(
            "nextcloud",
            &json(r#"Bruteforce attempt from \"203.0.113.7\" detected for action \"login\"."#),
            "penalised 203.0.113.7",
        );
        tells_nothing("nextcloud", &[&json("Login successful")]);
    }

    #[test]
    fn the_browser_and_the_data_of_the_request_are_private() {
        let data = r#","data":{"app":"core","extra":["bob@corp.example"]}}"#;
        let raw = json("Login failed: bob (Remote IP: 203.0.113.7)").replace("\"}", &format!("\"{data}"));
        let (line, event) = crate::parse_line(None, raw.as_bytes()).unwrap();
        let hidden = |name: crate::PrivateRange<'_>| raw[name.range].to_owned();
        let hidden: Vec<_> = crate::private_ranges(raw.as_bytes(), &line, &event).map(hidden).collect();
        assert_eq!(hidden, ["/login", "bob", r#"x","version":"30"#, "core", "bob@corp.example"]);
    }

    #[test]
    fn syslog_and_old_versions_are_read_too() {
        let old = "Nov 23 02:00:01 gate ownCloud[7]: {core} Login failed: 'bob' (Remote IP: '203.0.113.7'";
        tells("nextcloud", &format!("{old})"), "failed-login 203.0.113.7 by bob");
        tells("nextcloud", &format!("{old}, X-Forwarded-For: 'x')"), "failed-login 203.0.113.7 by bob");
        tells_nothing("nextcloud", &[&format!("{old}, X-Forwarded-For: ' (Remote IP: '192.0.2.1')")]);
    }
}
