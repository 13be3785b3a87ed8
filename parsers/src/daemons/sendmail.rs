//! Sendmail 8 (srvrsmtp.c, envelope.c, milter.c, tls.c): `ID: MESSAGE`.
//!
//! A client is `NAME [IP]`, with ` (may be forged)` behind it when its name does not resolve to its address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::mail::{self, Client};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "sendmail",
    programs: &[
        "sm-mta",
        "sm-msa",
        "sm-msp",
        "sm-msp-queue",
        "sm-que",
        "sm-acceptingconnections",
        "sendmail-mta",
        "sendmail-in",
    ],
    units: &["sendmail", "sm-mta", "sm-client"],
    any_program: false,
    bare: Bare::Opens(&["ruleset=check_", "AUTH failure ("]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_id(message);
    refused(text)
        .or_else(|| login(text))
        .or_else(|| handshake(text))
        .or_else(|| opened_by_client(text))
        .or_else(|| named_within(text))
        .or_else(|| connection(text))
}

/// Without the id of a message, `s1GNXHYB005133: ` or `NOQUEUE: `.
fn behind_id(message: &[u8]) -> &[u8] {
    let is_id =
        |id: &[u8]| id.len() >= 7 && id.iter().all(|byte| byte.is_ascii_alphanumeric()) && id != b"STARTTLS";
    match split::first(message, b": ") {
        Some((id, text)) if is_id(id) => text,
        _ => message,
    }
}

/// A client; leaves what follows it.
fn client(text: &[u8]) -> Option<Client<'_>> {
    let client = mail::client(text)?;
    let rest = client.rest.strip_prefix(b" (may be forged)").unwrap_or(client.rest);
    Some(Client { rest, ..client })
}

impl<'a> Client<'a> {
    fn was(&self, kind: Kind) -> Finding<'a> {
        Finding::at(kind, self.peer).hiding(Some(Private::Host(self.name)))
    }
}

/// `ruleset=RULES, arg1=WORDS, relay=CLIENT, reject=REPLY`: the client has words on both sides, in the argument and in
/// the reply.
fn refused(text: &[u8]) -> Option<Finding<'_>> {
    let (rules, rest) = split::between(text, b"ruleset=", b", ")?;
    let (words, rest) =
        split::only(rest, b", relay=").or_else(|| Some((&[][..], rest.strip_prefix(b"relay=")?)))?;
    let client = client(rest)?;
    let reply = client.rest.strip_prefix(b", reject=")?;
    let (kind, rest) = reason(rules, reply)?;
    Some(client.was(kind).hiding(Some(Private::Detail(words))).hiding(rest.map(Private::Detail)))
}

/// What a reply tells, and what of it is not needed for that: everything but its code and its reason.
fn reason<'a>(rules: &[u8], reply: &'a [u8]) -> Option<(Kind, Option<&'a [u8]>)> {
    const REASONS: [(&[u8], Kind); 11] = [
        (b"Relaying denied", Kind::RelayDenied),
        (b"Relaying temporarily denied", Kind::RelayDenied),
        (b"we do not relay", Kind::RelayDenied),
        (b"User unknown", Kind::RejectedRecipient),
        (b"No such user", Kind::RejectedRecipient),
        (b"Domain of sender address ", Kind::RejectedMail),
        (b"Connection rate limit exceeded", Kind::RateLimited),
        (b"Too many open connections", Kind::RateLimited),
        (b"Rejected: ", Kind::Blocklisted),
        (b"Access denied", Kind::RejectedMail),
        (b"TLS handshake failed", Kind::NegotiationFailed),
    ];
    let (code, text) = split::first(reply, b" ")?;
    let text = match split::first(text, b"... ") {
        Some((_, behind_recipient)) if text::find(text, b"<").is_some_and(|at| at < 12) => behind_recipient,
        _ => behind_status(text),
    };
    let known = REASONS.iter().find_map(|(words, kind)| Some((*kind, text.strip_prefix(*words)?)));
    match known {
        Some((kind, rest)) => Some((kind, Some(rest))),
        // What will pass is nothing.
        None if !code.starts_with(b"5") => None,
        None if rules == b"check_relay" => Some((Kind::ConnectionRefused, Some(text))),
        None => Some((Kind::RejectedMail, Some(text))),
    }
}

/// Without the enhanced status, `5.7.1 `.
fn behind_status(text: &[u8]) -> &[u8] {
    match split::first(text, b" ") {
        Some((status, rest)) if status.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.') => rest,
        _ => text,
    }
}

/// `AUTH failure (METHOD): REASON (CODE) DETAIL[, user=USER], relay=CLIENT`: the client's words stand before its
/// address.
fn login(text: &[u8]) -> Option<Finding<'_>> {
    let (method, rest) = split::between(text, b"AUTH failure (", b"): ")?;
    let (words, relay) = split::last(rest, b", relay=")?;
    let client = client(relay).filter(|client| client.rest.is_empty() && method.len() < 32)?;
    let is_unknown = words.starts_with(b"user not found");
    let kind = if is_unknown { Kind::InvalidUser } else { Kind::FailedLogin };
    let (reason, user) =
        split::first(words, b", user=").map_or((words, None), |(reason, user)| (reason, Some(user)));
    let detail = split::first(reason, b") ").map(|(_, detail)| Private::Detail(detail));
    let finding = client.was(kind).hiding(detail);
    Some(user.map_or(finding, |user| finding.by(user)))
}

/// `STARTTLS=server, error: accept failed=-1, ..., relay=CLIENT`.
fn handshake(text: &[u8]) -> Option<Finding<'_>> {
    let (_, relay) = split::last(text.strip_prefix(b"STARTTLS=server, error: accept failed=")?, b", relay=")?;
    let client = client(relay).filter(|client| client.rest.is_empty())?;
    Some(client.was(Kind::NegotiationFailed))
}

/// `CLIENT: possible SMTP attack: command=C, count=N`, `CLIENT: VRFY X [rejected]`, `CLIENT did not issue MAIL/...`.
fn opened_by_client(text: &[u8]) -> Option<Finding<'_>> {
    let client = client(text)?;
    if client.rest.starts_with(b" did not issue MAIL/EXPN/VRFY/ETRN during connection to ") {
        return Some(client.was(Kind::NoLogin));
    }
    let did = client.rest.strip_prefix(b": ")?;
    if let Some(words) = did.strip_prefix(b"possible SMTP attack: command=") {
        return Some(client.was(Kind::TooManyFailures).hiding(Some(Private::Detail(words))));
    }
    if let Some(words) = did.strip_prefix(b"probable open proxy: command=") {
        return Some(client.was(Kind::BadProtocol).hiding(Some(Private::Detail(words))));
    }
    if did == b"Possible SMTP RCPT flood, throttling." {
        return Some(client.was(Kind::RejectedRecipient));
    }
    let (command, name) = split::first(did.strip_suffix(b" [rejected]")?, b" ")?;
    let guesses = [&b"VRFY"[..], b"EXPN", b"ETRN"];
    let is_guess = guesses.iter().any(|guess| command.eq_ignore_ascii_case(guess));
    is_guess.then(|| client.was(Kind::RejectedRecipient).by(name))
}

/// `rejecting commands from CLIENT due to pre-greeting traffic ...`, `lost input channel from CLIENT to DAEMON after
/// COMMAND`, `POSSIBLE ATTACK from CLIENT: newline in string "..."`.
fn named_within(text: &[u8]) -> Option<Finding<'_>> {
    if let Some(rest) = text.strip_prefix(b"rejecting commands from ") {
        let client = client(rest)?;
        let is_early = client.rest.starts_with(b" due to pre-greeting traffic");
        return is_early.then(|| client.was(Kind::BadProtocol));
    }
    if let Some(rest) = text.strip_prefix(b"POSSIBLE ATTACK from ") {
        let client = client(rest)?;
        let words = client.rest.strip_prefix(b": newline in string ")?;
        return Some(client.was(Kind::BadProtocol).hiding(Some(Private::Detail(words))));
    }
    let client = client(text.strip_prefix(b"lost input channel from ")?)?;
    let (_, command) = split::last(client.rest.strip_prefix(b" to ")?, b" after ")?;
    match command {
        b"auth" => Some(client.was(Kind::LoginAborted)),
        b"startup" | b"helo" | b"ehlo" | b"starttls" => Some(client.was(Kind::NoLogin)),
        // Who came as far as this was sending mail.
        _ => None,
    }
}

/// `tcpwrappers (NAME, IP) rejection`, and of a milter `Milter: connect: host=NAME, addr=IP, rejecting commands`.
fn connection(text: &[u8]) -> Option<Finding<'_>> {
    let (name, peer) = if let Some(rest) = text.strip_prefix(b"tcpwrappers (") {
        split::last(rest.strip_suffix(b") rejection")?, b", ")?
    } else {
        let (name, rest) = split::between(text, b"Milter: connect: host=", b", addr=")?;
        let (peer, answer) = split::first(rest, b", ")?;
        (name, Some(peer).filter(|_| answer.starts_with(b"reject"))?)
    };
    Some(Finding::new(Kind::ConnectionRefused, address::read(peer)?).hiding(Some(Private::Host(name))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const MTA: &str = "Nov 23 02:00:01 mx sm-mta[7]:";
    const ID: &str = "Nov 23 02:00:01 mx sendmail[7]: 5ANABCDE000007:";

    #[test]
    fn what_a_rule_set_refuses_is_told_with_the_reason() {
        for (reply, kind) in [
            ("550 5.7.1 <c@d.example>... Relaying denied. Proper authentication required.", "relay-denied"),
            ("550 5.1.1 <c@d.example>... User unknown", "rejected-recipient"),
            ("553 5.1.8 <c@d.example>... Domain of sender address x does not exist", "rejected-mail"),
            ("550 5.7.1 <c@d.example>... Rejected: 203.0.113.7 listed at x.example", "blocklisted"),
            ("550 5.7.1 <c@d.example>... Fix reverse DNS for 203.0.113.7", "rejected-mail"),
            ("554 5.7.1 Spam", "rejected-mail"),
        ] {
            for forged in ["", " (may be forged)"] {
                let relay = format!("relay=a.example [203.0.113.7]{forged}");
                let line = format!("{ID} ruleset=check_rcpt, arg1=<c@d.example>, {relay}, reject={reply}");
                tells("sendmail", &line, &format!("{kind} 203.0.113.7"));
            }
        }
        for (reply, kind) in [
            ("421 4.3.2 Connection rate limit exceeded.", "rate-limited"),
            ("421 4.3.2 Too many open connections.", "rate-limited"),
            ("550 5.0.0 Access denied", "rejected-mail"),
            ("554 5.7.1 x", "connection-refused"),
        ] {
            let line = format!(
                "{MTA} ruleset=check_relay, arg1=[203.0.113.7], arg2=203.0.113.7, relay=[203.0.113.7], reject={reply}"
            );
            tells("sendmail", &line, &format!("{kind} 203.0.113.7"));
        }
        let passing = "reject=451 4.7.1 Greylisting in action, please come back later";
        tells_nothing(
            "sendmail",
            &[&format!("{ID} ruleset=check_rcpt, arg1=<c@d.example>, relay=[203.0.113.7], {passing}")],
        );
    }

    #[test]
    fn failed_logins_and_broken_sessions_are_told() {
        for (text, expected) in [
            (
                "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): x, user=bob, relay=a.example [203.0.113.7]",
                "failed-login 203.0.113.7 by bob",
            ),
            (
                "AUTH failure (CRAM-MD5): user not found (-20) SASL(-13): user not found: x, relay=[IPv6:2001:db8::7]",
                "invalid-user 2001:db8::7",
            ),
            (
                "a.example [203.0.113.7] (may be forged): possible SMTP attack: command=AUTH, count=5",
                "too-many-failures 203.0.113.7",
            ),
            ("[203.0.113.7]: probable open proxy: command=GET / HTTP/1.1", "bad-protocol 203.0.113.7"),
            ("[203.0.113.7]: Possible SMTP RCPT flood, throttling.", "rejected-recipient 203.0.113.7"),
            ("[203.0.113.7]: vrfy bob [rejected]", "rejected-recipient 203.0.113.7 by bob"),
            (
                "[203.0.113.7] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA",
                "no-login 203.0.113.7",
            ),
            (
                "rejecting commands from  [203.0.113.7] due to pre-greeting traffic after 3 seconds",
                "bad-protocol 203.0.113.7",
            ),
            ("lost input channel from [203.0.113.7] to MTA-v4 after auth", "login-aborted 203.0.113.7"),
            ("tcpwrappers (a.example, 203.0.113.7) rejection", "connection-refused 203.0.113.7"),
            (
                "Milter: connect: host=a.example, addr=203.0.113.7, rejecting commands",
                "connection-refused 203.0.113.7",
            ),
        ] {
            tells("sendmail", &format!("{ID} {text}"), expected);
        }
    }

    #[test]
    fn a_failed_handshake_is_told_and_ordinary_mail_is_not() {
        let handshake = "STARTTLS=server, error: accept failed=-1, reason=x, SSL_error=1, errno=0, retry=-1, relay=[203.0.113.7]";
        tells("sendmail", &format!("{MTA} {handshake}"), "negotiation-failed 203.0.113.7");
        tells_nothing(
            "sendmail",
            &[
                &format!(
                    "{ID} from=<a@b.example>, size=7, nrcpts=1, proto=ESMTP, daemon=MTA, relay=a.example [203.0.113.7]"
                ),
                &format!("{ID} lost input channel from [203.0.113.7] to MTA-v4 after data"),
                &format!("{ID} <c@d.example>... User unknown"),
            ],
        );
    }

    #[test]
    fn an_envelope_or_a_user_that_names_a_relay_accuses_nobody_else() {
        let user = "user=x, relay=[192.0.2.1], relay=[203.0.113.7]";
        let login = format!("{ID} AUTH failure (LOGIN): authentication failure (-13) x, {user}");
        tells("sendmail", &login, "failed-login 203.0.113.7 by x, relay=[192.0.2.1]");
        let rules = format!("{ID} ruleset=check_rcpt, arg1=<x, relay=[192.0.2.1], reject=550 5.7.1 y>");
        tells_nothing(
            "sendmail",
            &[
                &format!("{rules}, relay=[203.0.113.7], reject=550 5.7.1 x... Relaying denied"),
                &format!("{rules}, relay=root@localhost, reject=550 5.7.1 x... Relaying denied"),
            ],
        );
    }
}
