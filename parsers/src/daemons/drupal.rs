//! Drupal's syslog module: `BASE|TIME|TYPE|IP|REQUEST|REFERRER|UID|LINK|MESSAGE`, under whatever name the site has.
//!
//! Request and referrer are the client's, and may hold any bytes: the address is read from the left, the message from
//! the right.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "drupal",
    programs: &[],
    units: &[],
    any_program: true,
    bare: Bare::Opens(&["http://", "https://"]),
    grammar: Grammar::Message(event),
};

fn event(line: &[u8]) -> Option<Finding<'_>> {
    let site = line.strip_prefix(b"http").map(|rest| rest.strip_prefix(b"s").unwrap_or(rest))?;
    let (site, rest) = split::between(site, b"://", b"|")?;
    let (time, rest) = split::first(rest, b"|")?;
    let (kind, rest) = split::first(rest, b"|")?;
    let (address, rest) = split::first(rest, b"|")?;
    let address = address::read(address).filter(|_| time.iter().all(u8::is_ascii_digit))?;
    let (visited, message) = split::last(rest, b"|")?;
    let (visited, _link) = split::last(visited, b"|")?;
    let (visited, uid) = split::last(visited, b"|")?;
    if uid.is_empty() || !uid.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (kind, words) = match kind {
        b"user" => told(message)?,
        b"access denied" => (Kind::Forbidden, message),
        b"page not found" => (Kind::NotFound, message),
        _ => return None,
    };
    let finding = Finding::new(kind, address).hiding(Some(Private::Host(site)));
    let finding = finding.hiding(Some(Private::Query(visited)));
    Some(if kind == Kind::FailedLogin {
        finding.by(words)
    } else {
        finding.hiding(Some(Private::Query(words)))
    })
}

/// What a message about a user tells, and its words that are not Drupal's.
fn told(message: &[u8]) -> Option<(Kind, &[u8])> {
    let failed = message.strip_prefix(b"Login attempt failed ");
    if let Some(words) =
        failed.and_then(|text| text.strip_prefix(b"for ").or_else(|| text.strip_prefix(b"from ")))
    {
        return Some((Kind::FailedLogin, words.strip_suffix(b".").unwrap_or(words)));
    }
    Some((Kind::TooManyFailures, message.strip_prefix(b"Flood control blocked login attempt for ")?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn line(kind: &str, referrer: &str, message: &str) -> String {
        let site = "Nov 23 02:00:01 gate shop.example: https://shop.example/x|1795399201";
        format!("{site}|{kind}|203.0.113.7|https://shop.example/user?a=1|{referrer}|0||{message}")
    }

    #[test]
    fn failed_logins_are_told_under_any_program() {
        tells(
            "drupal",
            &line("user", "", "Login attempt failed for bob."),
            "failed-login 203.0.113.7 by bob",
        );
        tells(
            "drupal",
            &line("user", "", "Login attempt failed from 192.0.2.1."),
            "failed-login 203.0.113.7 by 192.0.2.1",
        );
        let flood = "Flood control blocked login attempt for uid 7 from 203.0.113.7";
        tells("drupal", &line("user", "", flood), "too-many-failures 203.0.113.7");
        tells("drupal", &line("access denied", "", "admin"), "forbidden 203.0.113.7");
    }

    #[test]
    fn a_referrer_with_a_message_in_it_accuses_nobody() {
        let forged = "https://x|0||Login attempt failed for bob.";
        tells_nothing(
            "drupal",
            &[
                &line("user", forged, "Session opened for bob."),
                &line("cron", "", "Login attempt failed for bob."),
            ],
        );
    }
}
