//! Cowrie, a honeypot, in JSON. Nobody has a reason to come, so a connection is told already; what it leads to is
//! told for each password.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::json::Member;
use crate::{Kind, address, json, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "cowrie",
    programs: &[],
    units: &["cowrie"],
    any_program: false,
    bare: Bare::Json("\"eventid\":"),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (mut kind, mut source, mut port, mut user) = (None, None, None, None);
    let mut private = [None; 4];
    for Member { key, value, .. } in json::members(message).filter(Member::is_outer) {
        match key {
            b"eventid" => kind = Some(told(value)?),
            b"src_ip" => source = address::read(value),
            b"src_port" => port = text::number(value),
            b"username" => user = Some(value),
            b"password" => private[0] = Some(Private::Detail(value)),
            // Both ends of the connection in words.
            b"message" => private[1] = Some(Private::Detail(value)),
            b"dst_ip" => private[2] = Some(Private::LocalAddress(value)),
            b"sensor" => private[3] = Some(Private::Host(value)),
            _ => {}
        }
    }
    let finding = Finding { port, user, ..Finding::new(kind?, source?) };
    Some(private.into_iter().fold(finding, Finding::hiding))
}

fn told(event: &[u8]) -> Option<Kind> {
    match event {
        b"cowrie.session.connect" => Some(Kind::Honeypot),
        b"cowrie.login.failed" | b"cowrie.login.success" => Some(Kind::FailedLogin),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn line(event: &str, rest: &str) -> String {
        format!(
            r#"{{"session":"7","protocol":"ssh","src_ip":"203.0.113.7","src_port":4711,"dst_ip":"198.51.100.1","dst_port":2222{rest},"eventid":"cowrie.{event}","sensor":"gate","timestamp":"2026-11-23T02:00:01.123456Z","message":"x"}}"#
        )
    }

    #[test]
    fn connections_and_passwords_are_told() {
        tells("cowrie", &line("session.connect", ""), "honeypot 203.0.113.7 port 4711");
        let forged = r#","username":"x\",\"src_ip\":\"192.0.2.1","password":"y""#;
        tells(
            "cowrie",
            &line("login.failed", forged),
            r#"failed-login 203.0.113.7 port 4711 by x\",\"src_ip\":\"192.0.2.1"#,
        );
        tells_nothing(
            "cowrie",
            &[&line("client.version", r#","version":"SSH-2.0-Go""#), &line("log.closed", "")],
        );
    }
}
