//! Oracle Communications Messaging Server: connections and messages in `mail.log_current`, as XML.
//!
//! A record is one empty element; what a client says is escaped inside its attributes.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "oracleims",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["<co ", "<en "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let mut rest =
        message.strip_prefix(b"<co ").or_else(|| message.strip_prefix(b"<en "))?.strip_suffix(b"/>")?;
    let (mut transport, mut answer, mut user, mut sender, mut recipient) = (None, None, None, None, None);
    while let Some((name, value)) = split::first(rest, b"=\"") {
        let (value, behind) = split::first(value, b"\"")?;
        match name.trim_ascii() {
            b"tr" => transport = Some(value),
            b"di" => answer = Some(value),
            b"us" => user = Some(value),
            b"fr" => sender = Some(Private::User(value)),
            b"to" => recipient = Some(Private::User(value)),
            _ => {}
        }
        rest = behind;
    }
    let (kind, words) = answered(answer?)?;
    let finding =
        peer(transport?, kind)?.hiding(Some(Private::Detail(words))).hiding(sender).hiding(recipient);
    Some(user.map_or(finding, |user| finding.by(user)))
}

/// What the server answered; leaves what follows the words that tell it.
fn answered(answer: &[u8]) -> Option<(Kind, &[u8])> {
    const ANSWERS: [(&[u8], Kind); 5] = [
        (b"535 ", Kind::FailedLogin),
        (b"550 5.7.1 relaying not allowed", Kind::RelayDenied),
        (b"550 5.1.1 unknown or illegal alias", Kind::RejectedRecipient),
        (b"550 ", Kind::RejectedMail),
        (b"554 ", Kind::RejectedMail),
    ];
    ANSWERS.iter().find_map(|(words, kind)| Some((*kind, answer.strip_prefix(*words)?)))
}

/// `TCP|OWN-IP|OWN-PORT|IP|PORT`.
fn peer(transport: &[u8], kind: Kind) -> Option<Finding<'_>> {
    let (own, rest) = split::between(transport, b"TCP|", b"|")?;
    let (_own_port, rest) = split::first(rest, b"|")?;
    let (peer, port) = split::first(rest, b"|")?;
    let finding = Finding { port: text::number(port), ..Finding::new(kind, address::read(peer)?) };
    Some(finding.hiding(Some(Private::LocalAddress(own))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn record(words: &str) -> String {
        format!(
            "<co ts=\"2026-11-23T02:00:01.25\" pi=\"1.2.3\" sc=\"tcp_local\" dr=\"+\" ac=\"U\" tr=\"TCP|198.51.100.1|25|203.0.113.7|4711\" ap=\"SMTP\" {words}/>"
        )
    }

    #[test]
    fn a_failed_login_and_refused_mail_are_told() {
        let login = "mi=\"Bad password\" us=\"bob\" di=\"535 5.7.8 Bad username or password (Authentication failed).\"";
        tells("oracleims", &record(login), "failed-login 203.0.113.7 port 4711 by bob");
        for (answer, kind) in [
            ("550 5.7.1 relaying not allowed: c@d.example", "relay-denied"),
            ("550 5.1.1 unknown or illegal alias: c@d.example", "rejected-recipient"),
            ("554 5.7.1 x", "rejected-mail"),
        ] {
            let line = record(&format!("fr=\"a@b.example\" to=\"c@d.example\" di=\"{answer}\""));
            tells("oracleims", &line, &format!("{kind} 203.0.113.7 port 4711"));
        }
        tells_nothing(
            "oracleims",
            &[&record("mi=\"Authentication successful\" us=\"bob\" di=\"235 2.7.0 x\"")],
        );
    }

    #[test]
    fn a_user_that_looks_like_an_attribute_accuses_nobody_else() {
        let line = record("us=\"x&quot; tr=&quot;TCP|198.51.100.1|25|192.0.2.1|5\" di=\"535 x\"");
        let user = "x&quot; tr=&quot;TCP|198.51.100.1|25|192.0.2.1|5";
        tells("oracleims", &line, &format!("failed-login 203.0.113.7 port 4711 by {user}"));
    }
}
