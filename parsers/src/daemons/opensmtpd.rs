//! OpenSMTPD 5.9 to 6.3 (smtp_session.c): `SESSION smtp [event=]WHAT address=IP host=NAME ...`.
//!
//! Later versions name the address only where a session begins, in a line that proves nothing.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "opensmtpd",
    programs: &["smtpd"],
    units: &["opensmtpd", "smtpd"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (session, rest) = split::first(message, b" smtp ")?;
    let rest = rest.strip_prefix(b"event=").unwrap_or(rest);
    let (what, fields) = split::first(rest, b" ").filter(|_| session.iter().all(u8::is_ascii_hexdigit))?;
    match what {
        b"authentication" => login(fields),
        b"failed-command" => command(fields),
        b"bad-input" => {
            let (address, host, _) = client(fields)?;
            Some(Finding::new(Kind::BadProtocol, address).hiding(Some(host)))
        }
        _ => None,
    }
}

/// `user=USER address=IP host=NAME result=permfail`: no name has a space, they are encoded (`strnvis`).
fn login(fields: &[u8]) -> Option<Finding<'_>> {
    let (user, rest) = split::between(fields, b"user=", b" ")?;
    let (address, host, rest) = client(rest)?;
    let finding = Finding::new(Kind::FailedLogin, address).by(user).hiding(Some(host));
    (rest == b"result=permfail").then_some(finding)
}

/// `address=IP host=NAME command="COMMAND" result="CODE TEXT"`: the client's words stand behind its address.
fn command(fields: &[u8]) -> Option<Finding<'_>> {
    let (address, host, rest) = client(fields)?;
    let (command, reply) = split::last(rest.strip_prefix(b"command=\"")?, b"\" result=\"")?;
    let (verb, words) = command.split_at_checked(4)?;
    let kind = match (verb, reply.get(..3)?) {
        (b"AUTH", b"535") => Kind::FailedLogin,
        (b"RCPT", b"550" | b"553" | b"554") => Kind::RejectedRecipient,
        (_, [b'5', b'0', _]) => Kind::BadProtocol,
        (_, [b'5', ..]) => Kind::RejectedMail,
        _ => return None,
    };
    let detail = reply.get(3..).map(Private::Detail);
    Some(Finding::new(kind, address).hiding(Some(host)).hiding(Some(Private::Detail(words))).hiding(detail))
}

/// `address=IP host=NAME `; leaves what follows.
fn client(fields: &[u8]) -> Option<(IpAddr, Private<'_>, &[u8])> {
    let (address, rest) = split::between(fields, b"address=", b" ")?;
    let (host, rest) = split::between(rest, b"host=", b" ")?;
    Some((address::in_brackets(address)?, Private::Host(host), rest))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const SMTPD: &str = "Nov 23 02:00:01 mx smtpd[7]: 7a3b9c01d2e4f567 smtp";
    const PEER: &str = "address=203.0.113.7 host=a.example";

    #[test]
    fn failed_logins_and_refused_commands_are_told() {
        for (text, expected) in [
            (
                format!("event=authentication user=bob {PEER} result=permfail"),
                "failed-login 203.0.113.7 by bob",
            ),
            (format!("authentication user=bob {PEER} result=permfail"), "failed-login 203.0.113.7 by bob"),
            (
                format!("event=failed-command {PEER} command=\"AUTH LOGIN (password)\" result=\"535 x\""),
                "failed-login 203.0.113.7",
            ),
            (
                format!(
                    "failed-command {PEER} command=\"RCPT TO:<c@d.example>\" result=\"550 Invalid recipient\""
                ),
                "rejected-recipient 203.0.113.7",
            ),
            (
                format!("failed-command {PEER} command=\"GET / HTTP/1.1\" result=\"500 x\""),
                "bad-protocol 203.0.113.7",
            ),
            (
                "event=bad-input address=[2001:db8::7] host=a.example result=\"500 x\"".to_owned(),
                "bad-protocol 2001:db8::7",
            ),
        ] {
            tells("opensmtpd", &format!("{SMTPD} {text}"), expected);
        }
        tells_nothing(
            "opensmtpd",
            &[
                &format!("{SMTPD} event=connected {PEER}"),
                &format!("{SMTPD} event=authentication user=bob {PEER} result=ok"),
                &format!("{SMTPD} failed-command {PEER} command=\"RCPT TO:<c@d.example>\" result=\"451 x\""),
            ],
        );
    }
}
