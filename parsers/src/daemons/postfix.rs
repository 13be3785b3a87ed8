//! Postfix: smtpd and postscreen (smtpd.c, smtpd_check.c, smtpd_chat.c, smtpd_sasl_glue.c, postscreen_*.c).
//!
//! Everything that a client says stands behind its address.

use crate::text;

use crate::Kind;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::mail::{self, Client};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "postfix",
    programs: &[],
    units: &["postfix", "postfix@-"],
    any_program: false,
    bare: Bare::Opens(&["NOQUEUE: ", "improper command pipelining after ", "too many errors after "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    reject(message).or_else(|| warning(message)).or_else(|| session(message)).or_else(|| screened(message))
}

impl<'a> Client<'a> {
    /// The event, the client's words behind it being private.
    fn did(&self, kind: Kind) -> Finding<'a> {
        self.did_with(kind, self.rest.strip_prefix(b": ").unwrap_or_default())
    }

    fn did_with(&self, kind: Kind, words: &'a [u8]) -> Finding<'a> {
        Finding::at(kind, self.peer)
            .hiding(Some(Private::Host(self.name)))
            .hiding(Some(Private::Detail(words)))
    }
}

/// `ID: reject: COMMAND from CLIENT: CODE TEXT; from=<> to=<> proto= helo=<>`, also of milters and proxies.
fn reject(message: &[u8]) -> Option<Finding<'_>> {
    let colon = text::find(message, b": ")?;
    let (id, action) = (message.get(..colon)?, message.get(colon + 2..)?);
    let actions: [&[u8]; 4] = [b"reject: ", b"milter-reject: ", b"proxy-reject: ", b"reject_warning: "];
    let command = actions.iter().find_map(|name| action.strip_prefix(*name))?;
    if !id.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let from = text::find(command, b" from ").filter(|&at| at < 32)?;
    let client = mail::client(command.get(from + b" from ".len()..)?)?;
    let reply = client.rest.strip_prefix(b": ")?;
    // postscreen gives no reply to a client with too many connections.
    if reply == b"too many connections" {
        return Some(client.did_with(Kind::RateLimited, &[]));
    }
    let (about, reason) = reason(reply)?;
    let (kind, words) = refusal(reason)?;
    Some(client.did_with(kind, words).hiding(about.map(Private::User)))
}

/// What a reply `CODE[ DSN] [<ADDRESS>: ]REASON` is about, and the reason.
fn reason(reply: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let text = reply.get(memchr::memchr(b' ', reply).filter(|&at| at == 3)? + 1..)?;
    let is_code = |text: &[u8]| text.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.');
    let space = memchr::memchr(b' ', text).filter(|&at| text.get(..at).is_some_and(is_code));
    let text = space.and_then(|space| text.get(space + 1..)).unwrap_or(text);
    let text = text.strip_prefix(b": ").unwrap_or(text);
    let Some(named) = text.strip_prefix(b"<") else { return Some((None, text)) };
    let close = text::find(named, b">: ")?;
    Some((named.get(..close), named.get(close + 3..)?))
}

/// Why, and what may be hidden behind it. What is the server's own trouble, or will pass, is nothing.
fn refusal(reason: &[u8]) -> Option<(Kind, &[u8])> {
    const REASONS: [(&[u8], Option<Kind>); 21] = [
        (b"Relay access denied", Some(Kind::RelayDenied)),
        (b"Recipient address rejected: Greylisted", None),
        (b"Recipient address rejected: unverified address", None),
        (b"Recipient address rejected: User unknown", Some(Kind::RejectedRecipient)),
        (b"Recipient address rejected: ", Some(Kind::RejectedRecipient)),
        (b"User unknown", Some(Kind::RejectedRecipient)),
        (b"Service unavailable; Client host ", Some(Kind::Blocklisted)),
        (b"Service unavailable; client ", Some(Kind::Blocklisted)),
        (b"Service unavailable; Helo command ", Some(Kind::Blocklisted)),
        (b"Service unavailable; Sender address ", Some(Kind::Blocklisted)),
        (b"Client host rejected: Greylisted", None),
        (b"Client host rejected: ", Some(Kind::RejectedMail)),
        (b"Helo command rejected: ", Some(Kind::RejectedMail)),
        (b"Sender address rejected: ", Some(Kind::RejectedMail)),
        (b"Data command rejected: ", Some(Kind::RejectedMail)),
        (b"Command rejected", Some(Kind::RejectedMail)),
        (b"Unverified Client host rejected: ", Some(Kind::RejectedMail)),
        (b"Protocol error", Some(Kind::BadProtocol)),
        (b"Bad sender address syntax", Some(Kind::BadProtocol)),
        (b"Bad recipient address syntax", Some(Kind::BadProtocol)),
        (b"Too many connections", Some(Kind::RateLimited)),
    ];
    let known = REASONS.iter().find_map(|(text, kind)| Some((*kind, reason.strip_prefix(*text)?)));
    known.and_then(|(kind, words)| Some((kind?, words)))
}

/// `warning: CLIENT: SASL METHOD authentication failed: TEXT`, and limits that were passed.
fn warning(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"warning: ")?;
    if let Some(client) = mail::client(text) {
        let method = client.rest.strip_prefix(b": SASL ")?;
        let failed = text::find(method, b" authentication failed").filter(|&at| at < 64)?;
        let words = method.get(failed + b" authentication failed".len()..)?;
        let words = words.strip_prefix(b": ").unwrap_or(words);
        let is_own = words.starts_with(b"Connection lost to authentication server");
        return (!is_own).then(|| client.did_with(Kind::FailedLogin, words));
    }
    let marks: [(&[u8], &[u8], Kind); 3] = [
        (b" limit exceeded: ", b" from ", Kind::RateLimited),
        (b"non-SMTP command ", b"from ", Kind::BadProtocol),
        (b"Illegal address syntax ", b"from ", Kind::BadProtocol),
    ];
    let (rest, from, kind) = marks.iter().find_map(|(mark, from, kind)| {
        let at = text::find(text, mark).filter(|&at| at < 64)?;
        Some((text.get(at + mark.len()..)?, *from, *kind))
    })?;
    let at = text::find(rest, from).filter(|&at| at < 16)?;
    Some(mail::client(rest.get(at + from.len()..)?)?.did(kind))
}

/// The end of a session that went wrong: `too many errors after COMMAND from CLIENT`, and so on.
fn session(message: &[u8]) -> Option<Finding<'_>> {
    let message = message.strip_prefix(b"NOQUEUE: ").unwrap_or(message);
    if let Some(text) = message.strip_prefix(b"disconnect from ") {
        let client = mail::client(text)?;
        let attempts = client.rest.get(text::find(client.rest, b" auth=0/")? + b" auth=0/".len()..)?;
        return attempts
            .first()
            .is_some_and(|digit| (b'1'..=b'9').contains(digit))
            .then(|| client.did_with(Kind::LoginAborted, &[]));
    }
    if let Some(text) = message.strip_prefix(b"SSL_accept error from ") {
        return Some(mail::client(text)?.did(Kind::NegotiationFailed));
    }
    let ends: [(&[u8], Kind); 4] = [
        (b"too many errors after ", Kind::TooManyFailures),
        (b"improper command pipelining after ", Kind::BadProtocol),
        (b"lost connection after ", Kind::NoLogin),
        (b"timeout after ", Kind::NoLogin),
    ];
    let (text, kind) = ends.iter().find_map(|(end, kind)| Some((message.strip_prefix(*end)?, *kind)))?;
    let from = text::find(text, b" from ").filter(|&at| at < 64)?;
    let client = mail::client(text.get(from + b" from ".len()..)?)?;
    match (kind, text.get(..from)?) {
        (Kind::NoLogin, b"AUTH") => Some(client.did(Kind::LoginAborted)),
        // Who came as far as this was sending mail.
        (Kind::NoLogin, command)
            if ![&b"CONNECT"[..], b"EHLO", b"HELO", b"STARTTLS", b"UNKNOWN"].contains(&command) =>
        {
            None
        }
        (kind, _) => Some(client.did(kind)),
    }
}

/// postscreen: `PREGREET N after T from CLIENT: TEXT`, `HANGUP after T from CLIENT in TEST`, `DNSBL rank N for CLIENT`,
/// `COMMAND TIME LIMIT from CLIENT after COMMAND`, and the like.
fn screened(message: &[u8]) -> Option<Finding<'_>> {
    let ends: [(&[u8], &[u8], Kind); 11] = [
        (b"PREGREET ", b" from ", Kind::BadProtocol),
        (b"HANGUP ", b" from ", Kind::NoIdentification),
        (b"DNSBL rank ", b" for ", Kind::Blocklisted),
        (b"COMMAND PIPELINING", b" from ", Kind::BadProtocol),
        (b"COMMAND TIME LIMIT", b" from ", Kind::NoIdentification),
        (b"COMMAND COUNT LIMIT", b" from ", Kind::RateLimited),
        (b"COMMAND LENGTH LIMIT", b" from ", Kind::BadProtocol),
        (b"BARE NEWLINE", b" from ", Kind::BadProtocol),
        (b"NON-SMTP COMMAND", b" from ", Kind::BadProtocol),
        (b"DENYLISTED", b" ", Kind::Blocklisted),
        (b"BLACKLISTED", b" ", Kind::Blocklisted),
    ];
    let (text, from, kind) =
        ends.iter().find_map(|(end, from, kind)| Some((message.strip_prefix(*end)?, *from, *kind)))?;
    let at = text::find(text, from).filter(|&at| at < 32)?;
    Some(mail::client(text.get(at + from.len()..)?)?.did(kind))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const SMTPD: &str = "Nov 23 02:00:01 mx postfix/smtpd[7]:";
    const SCREEN: &str = "Nov 23 02:00:01 mx postfix/postscreen[7]:";
    const ENVELOPE: &str = "from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x[192.0.2.1]>";

    #[test]
    fn what_is_refused_is_told_with_the_reason() {
        for (reason, kind) in [
            ("554 5.7.1 <c@d.example>: Relay access denied", "relay-denied"),
            ("501 5.1.7 <x>: Bad sender address syntax", "bad-protocol"),
            (
                "550 5.1.1 <c@d.example>: Recipient address rejected: User unknown in local recipient table",
                "rejected-recipient",
            ),
            ("550 5.1.1 : Recipient address rejected: undeliverable address: x", "rejected-recipient"),
            (
                "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using x.example",
                "blocklisted",
            ),
            ("450 4.7.1 <x>: Helo command rejected: Host not found", "rejected-mail"),
            ("450 4.7.1 Client host rejected: cannot find your hostname, [203.0.113.7]", "rejected-mail"),
            ("554 5.7.1 <a@b.example>: Sender address rejected: Access denied", "rejected-mail"),
            ("550 5.7.1 Command rejected", "rejected-mail"),
        ] {
            let line =
                format!("{SMTPD} NOQUEUE: reject: RCPT from a.example[203.0.113.7]: {reason}; {ENVELOPE}");
            tells("postfix", &line, &format!("{kind} 203.0.113.7"));
            let milter = line
                .replace("NOQUEUE: reject", "4ABC: milter-reject")
                .replace("[203.0.113.7]: ", "[203.0.113.7]:25: ");
            tells("postfix", &milter, &format!("{kind} 203.0.113.7 port 25"));
        }
        let screen = "NOQUEUE: reject: RCPT from [203.0.113.7]:4711: 550 5.7.1 Service unavailable; client [203.0.113.7] blocked using x";
        tells("postfix", &format!("{SCREEN} {screen}; {ENVELOPE}"), "blocklisted 203.0.113.7 port 4711");
    }

    #[test]
    fn what_will_pass_or_is_the_servers_own_trouble_is_nothing() {
        for reason in [
            "450 4.2.0 <c@d.example>: Recipient address rejected: Greylisted, see x",
            "451 4.3.0 <c@d.example>: Temporary lookup failure",
            "552 5.3.4 Message size exceeds fixed limit",
        ] {
            let line =
                format!("{SMTPD} NOQUEUE: reject: RCPT from a.example[203.0.113.7]: {reason}; {ENVELOPE}");
            tells_nothing("postfix", &[&line]);
        }
        tells_nothing(
            "postfix",
            &[
                &format!("{SMTPD} connect from a.example[203.0.113.7]"),
                &format!("{SMTPD} disconnect from a.example[203.0.113.7] ehlo=1 auth=1/1 quit=1"),
                &format!("{SMTPD} lost connection after DATA from a.example[203.0.113.7]"),
                &format!(
                    "{SMTPD} warning: a[203.0.113.7]: SASL LOGIN authentication failed: Connection lost to authentication server"
                ),
                &format!("{SMTPD} 4ABC: client=a.example[203.0.113.7], sasl_method=PLAIN, sasl_username=x"),
                &format!("{SMTPD} warning: hostname a.example does not resolve to address 203.0.113.7"),
            ],
        );
    }

    #[test]
    fn failed_logins_and_broken_sessions_are_told() {
        for (message, kind) in [
            ("warning: unknown[203.0.113.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6", "failed-login"),
            ("warning: unknown[203.0.113.7]: SASL PLAIN authentication failed:", "failed-login"),
            ("too many errors after RCPT from unknown[203.0.113.7]", "too-many-failures"),
            ("improper command pipelining after AUTH from unknown[203.0.113.7]: QUIT", "bad-protocol"),
            ("disconnect from unknown[203.0.113.7] ehlo=1 auth=0/3 quit=1 commands=2/5", "login-aborted"),
            ("lost connection after CONNECT from unknown[203.0.113.7]", "no-login"),
            ("SSL_accept error from unknown[203.0.113.7]: -1", "negotiation-failed"),
            (
                "warning: Connection rate limit exceeded: 31 from a.example[203.0.113.7] for service smtpd",
                "rate-limited",
            ),
            ("warning: non-SMTP command from a.example[203.0.113.7]: GET / HTTP/1.1", "bad-protocol"),
        ] {
            tells("postfix", &format!("{SMTPD} {message}"), &format!("{kind} 203.0.113.7"));
        }
        for (message, kind) in [
            ("PREGREET 14 after 0.08 from [203.0.113.7]:4711: EHLO x[192.0.2.1]:5", "bad-protocol"),
            ("BLACKLISTED [203.0.113.7]:4711", "blocklisted"),
            ("NOQUEUE: reject: CONNECT from [203.0.113.7]:4711: too many connections", "rate-limited"),
            ("HANGUP after 16 from [203.0.113.7]:4711 in tests after SMTP handshake", "no-identification"),
            ("COMMAND COUNT LIMIT from [203.0.113.7]:4711 after RCPT", "rate-limited"),
            ("DNSBL rank 5 for [203.0.113.7]:4711", "blocklisted"),
        ] {
            tells("postfix", &format!("{SCREEN} {message}"), &format!("{kind} 203.0.113.7 port 4711"));
        }
    }
}
