//! spamdyke, a filter before qmail: `DENIED_REASON from: A to: B origin_ip: IP origin_rdns: NAME ...`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "spamdyke",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["DENIED_"]),
    grammar: Grammar::Message(event),
};

/// The client has words on both sides of its address: the envelope, and the name of its host.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (reason, rest) = split::between(message, b"DENIED_", b" from: ")?;
    let (envelope, rest) = split::only(rest, b" origin_ip: ")?;
    let (address, rest) = split::first(rest, b" origin_rdns: ")?;
    let kind = match reason {
        b"GRAYLISTED" => return None,
        b"RELAYING" => Kind::RelayDenied,
        b"INVALID_RECIPIENT" | b"RECIPIENT_INVALID" => Kind::RejectedRecipient,
        b"RBL_MATCH" | b"RHSBL_MATCH" | b"BLACKLIST_IP" => Kind::Blocklisted,
        b"EARLYTALKER" => Kind::BadProtocol,
        _ => Kind::RejectedMail,
    };
    let finding = Finding::new(kind, address::read(address)?).hiding(Some(Private::Detail(envelope)));
    Some(finding.hiding(Some(Private::Host(rest))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refused_mail_is_told_with_the_reason() {
        let words = |to: &str| {
            format!(
                "from: a@b.example to: {to} origin_ip: 203.0.113.7 origin_rdns: a.example auth: (unknown)"
            )
        };
        for (reason, kind) in [
            ("RBL_MATCH", "blocklisted"),
            ("RDNS_MISSING", "rejected-mail"),
            ("RELAYING", "relay-denied"),
            ("INVALID_RECIPIENT", "rejected-recipient"),
        ] {
            let line = format!("Nov 23 02:00:01 mx spamdyke[7]: DENIED_{reason} {}", words("c@d.example"));
            tells("spamdyke", &line, &format!("{kind} 203.0.113.7"));
        }
        tells_nothing(
            "spamdyke",
            &[
                &format!("Nov 23 02:00:01 mx spamdyke[7]: DENIED_GRAYLISTED {}", words("c@d.example")),
                &format!(
                    "Nov 23 02:00:01 mx spamdyke[7]: DENIED_OTHER {}",
                    words("x origin_ip: 192.0.2.1 origin_rdns: y")
                ),
                &format!("Nov 23 02:00:01 mx spamdyke[7]: ALLOWED {}", words("c@d.example")),
            ],
        );
    }
}
