//! qmail and what runs beside it: rblsmtpd and tcpserver (ucspi-tcp), the patches badiprbl and CHKUSER, and Plesk's
//! smtp_auth.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "qmail",
    programs: &["qmail-smtpd", "rblsmtpd", "smtp_auth", "smtpd", "tcpserver"],
    units: &["qmail"],
    any_program: false,
    bare: Bare::Opens(&["CHKUSER rejected "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_program(behind_time(message));
    blocklisted(text).or_else(|| checked(text)).or_else(|| login(text)).or_else(|| denied(text))
}

/// Without the time that splogger writes, `1157520813.485077 `.
fn behind_time(message: &[u8]) -> &[u8] {
    let is_time = |word: &[u8]| {
        word.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.')
            && split::only(word, b".").is_some_and(|(seconds, _)| seconds.len() > 8)
    };
    match split::first(message, b" ") {
        Some((time, text)) if is_time(time) => text,
        _ => message,
    }
}

/// Without the program behind that time.
fn behind_program(text: &[u8]) -> &[u8] {
    let programs: [&[u8]; 4] = [b"rblsmtpd: ", b"qmail-smtpd: ", b"tcpserver: ", b"smtp_auth: "];
    programs.iter().find_map(|program| text.strip_prefix(*program)).unwrap_or(text)
}

/// `IP pid N WORDS` and `ZONE blocked IP WORDS` (rblsmtpd), `CODE badiprbl: ip IP rbl: ZONE`.
fn blocklisted(text: &[u8]) -> Option<Finding<'_>> {
    let (first, rest) = split::first(text, b" ")?;
    let (address, rest) = if let Some(peer) = rest.strip_prefix(b"blocked ") {
        split::first(peer, b" ")?
    } else if let Some(peer) = rest.strip_prefix(b"badiprbl: ip ") {
        split::first(peer, b" rbl: ").filter(|_| first.iter().all(u8::is_ascii_digit))?
    } else {
        (first, rest.strip_prefix(b"pid ")?)
    };
    Some(Finding::new(Kind::Blocklisted, address::read(address)?).hiding(Some(Private::Detail(rest))))
}

/// `CHKUSER rejected WHAT: from <A:B:C> remote <HELO:NAME:IP> rcpt <B> : REASON`: the client has words on both sides.
fn checked(text: &[u8]) -> Option<Finding<'_>> {
    let (what, rest) = split::between(text, b"CHKUSER rejected ", b": from <")?;
    let (sender, rest) = split::only(rest, b"> remote <")?;
    let (remote, rest) = split::first(rest, b"> rcpt <")?;
    let (names, address) = split::last(remote, b":")?;
    let kind = match what {
        b"relaying" => Kind::RelayDenied,
        b"rcpt" | b"intrusion threshold" => Kind::RejectedRecipient,
        b"sender" => Kind::RejectedMail,
        _ => return None,
    };
    let finding = Finding::new(kind, address::read(address)?).hiding(Some(Private::Detail(sender)));
    Some(finding.hiding(Some(Private::Host(names))).hiding(Some(Private::Detail(rest))))
}

/// `FAILED: USER - password incorrect from NAME [IP]` (smtp_auth).
fn login(text: &[u8]) -> Option<Finding<'_>> {
    let (user, from) = split::last(text.strip_prefix(b"FAILED: ")?, b" - password incorrect from ")?;
    let (name, address) = split::last(from.strip_suffix(b"]")?, b"[")?;
    let finding = Finding::new(Kind::FailedLogin, address::read(address)?).by(user);
    Some(finding.hiding(Some(Private::Host(name.trim_ascii_end()))))
}

/// `deny PID OWN-NAME:OWN-IP:OWN-PORT NAME:IP:INFO:PORT` (tcpserver).
fn denied(text: &[u8]) -> Option<Finding<'_>> {
    let (pid, rest) = split::between(text, b"deny ", b" ")?;
    let (own, peer) = split::first(rest, b" ").filter(|_| pid.iter().all(u8::is_ascii_digit))?;
    let (name, rest) = split::first(peer, b":")?;
    let (address, rest) = split::first(rest, b":")?;
    let (info, _port) = split::last(rest, b":")?;
    let finding = Finding::new(Kind::ConnectionRefused, address::read(address)?);
    let finding = finding.hiding(Some(Private::LocalAddress(own))).hiding(Some(Private::Host(name)));
    Some(finding.hiding(Some(Private::Detail(info))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn what_is_refused_is_told_through_every_logger() {
        for (program, text, expected) in [
            (
                "rblsmtpd",
                "203.0.113.7 pid 7 x.example: 451 http://x.example/?ip=203.0.113.7",
                "blocklisted 203.0.113.7",
            ),
            ("rblsmtpd", "x.example blocked 203.0.113.7 a.example -", "blocklisted 203.0.113.7"),
            ("qmail-smtpd", "421 badiprbl: ip 203.0.113.7 rbl: x.example", "blocklisted 203.0.113.7"),
            (
                "tcpserver",
                "deny 7 mx.example:198.51.100.1:25 a.example:203.0.113.7:x:4711",
                "connection-refused 203.0.113.7",
            ),
            (
                "smtp_auth",
                "FAILED: bob - password incorrect from a.example [203.0.113.7]",
                "failed-login 203.0.113.7 by bob",
            ),
            (
                "qmail-smtpd",
                "CHKUSER rejected rcpt: from <a@b.example::> remote <x:a.example:203.0.113.7> rcpt <c@d.example> : not existing recipient",
                "rejected-recipient 203.0.113.7",
            ),
            (
                "qmail-smtpd",
                "CHKUSER rejected relaying: from <a@b.example::> remote <x:unknown:203.0.113.7> rcpt <c@d.example> : client not allowed to relay",
                "relay-denied 203.0.113.7",
            ),
        ] {
            tells("qmail", &format!("Nov 23 02:00:01 mx {program}[7]: {text}"), expected);
            tells(
                "qmail",
                &format!("Nov 23 02:00:01 mx qmail: 1795399208.500000 {program}: {text}"),
                expected,
            );
            tells("qmail", &format!("@400000006aa250ea1dcd6500 {program}: {text}"), expected);
        }
    }

    #[test]
    fn what_is_let_in_is_nothing() {
        tells_nothing(
            "qmail",
            &[
                "Nov 23 02:00:01 mx tcpserver: ok 7 mx.example:198.51.100.1:25 a.example:203.0.113.7::4711",
                "Nov 23 02:00:01 mx qmail: 1795399208.500000 new msg 7",
            ],
        );
    }

    #[test]
    fn words_that_look_like_an_address_accuse_nobody_else() {
        tells_nothing(
            "qmail",
            &[
                "@400000006aa250ea1dcd6500 CHKUSER rejected rcpt: from <x> remote <y:z:192.0.2.1> rcpt <w::> remote <x:a.example:203.0.113.7> rcpt <c> : y",
            ],
        );
        tells(
            "qmail",
            "Nov 23 02:00:01 mx smtp_auth[7]: FAILED: x - password incorrect from y [192.0.2.1] - password incorrect from (null) [203.0.113.7]",
            "failed-login 203.0.113.7 by x - password incorrect from y [192.0.2.1]",
        );
    }
}
