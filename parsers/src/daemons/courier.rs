//! Courier: its IMAP and POP3 servers, its SMTP server, and couriertcpd before them.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "courier",
    programs: &[
        "imapd",
        "imapd-ssl",
        "imaplogin",
        "pop3d",
        "pop3d-ssl",
        "pop3login",
        "courierimapd",
        "courierimaplogin",
        "courierpop3d",
        "courierpop3login",
        "courieresmtpd",
        "courieresmtpd-msa",
        "courieresmtpd-ssl",
        "couriertcpd",
        "courierlogger",
        "esmtpd",
        "esmtpd-msa",
        "esmtpd-ssl",
        "sqwebmaild",
    ],
    units: &[
        "courier-imap",
        "courier-imap-ssl",
        "courier-pop",
        "courier-pop-ssl",
        "courier-mta",
        "courier-authdaemon",
    ],
    any_program: false,
    bare: Bare::Opens(&["LOGIN FAILED, ", "error,relay=", "Maximum connection limit reached for "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"INFO: ").or_else(|| message.strip_prefix(b"ERR: ")).unwrap_or(message);
    login(text).or_else(|| mail(text)).or_else(|| limit(text))
}

/// `LOGIN FAILED, [user=USER, |method=METHOD, ]ip=[IP][, port=[PORT]]`.
fn login(text: &[u8]) -> Option<Finding<'_>> {
    let fields = text.strip_prefix(b"LOGIN FAILED, ")?;
    let with_port = || {
        let (fields, port) = split::last(fields, b", port=[")?;
        Some((fields, Some(text::number(port.strip_suffix(b"]")?)?)))
    };
    let (fields, port) = with_port().unwrap_or((fields, None));
    let (before, address) = split::last(fields.strip_suffix(b"]")?, b"ip=[")?;
    let finding = Finding { port, ..Finding::new(Kind::FailedLogin, address::read(address)?) };
    if before.is_empty() {
        return Some(finding);
    }
    let named = before.strip_suffix(b", ")?;
    match named.strip_prefix(b"user=") {
        Some(user) => Some(finding.by(user)),
        None => named.strip_prefix(b"method=").map(|method| finding.hiding(Some(Private::Detail(method)))),
    }
}

/// `error,relay=IP[,port=PORT][,ident=WORD],from=<A>,to=<B>: CODE REASON` or `...,msg="CODE REASON",cmd: COMMAND`: all
/// words of the client stand behind its address.
fn mail(text: &[u8]) -> Option<Finding<'_>> {
    let text = text.strip_prefix(b"error,relay=")?;
    let (address, rest) = split::first(text, b",")?;
    let address = address::read(address)?;
    let with_port = || {
        let (port, rest) = split::between(rest, b"port=", b",")?;
        Some((Some(text::number(port)?), rest))
    };
    let (port, rest) = with_port().unwrap_or((None, rest));
    let told =
        |kind, words| Finding { port, ..Finding::new(kind, address) }.hiding(Some(Private::Detail(words)));
    if let Some((ident, reply)) = split::first(rest, b"msg=\"") {
        let (kind, rest) = reason(reply)?;
        let command = split::first(rest, b"cmd: ").map(|(_, command)| Private::Detail(command));
        return Some(told(kind, ident).hiding(command));
    }
    let (envelope, reply) = split::last(rest, b": 5")?;
    let (kind, rest) = reason(rest.get(rest.len() - reply.len() - 1..)?)?;
    Some(told(kind, envelope).hiding(Some(Private::Detail(rest))))
}

/// What a reply tells; leaves what follows the words that tell it.
fn reason(reply: &[u8]) -> Option<(Kind, &[u8])> {
    let code = reply.get(..3)?;
    let text = reply.get(3..)?.strip_prefix(b" ")?;
    let kind = match code {
        b"535" => Kind::FailedLogin,
        b"500" | b"502" | b"503" => Kind::BadProtocol,
        b"550" if text.starts_with(b"User ") => Kind::RejectedRecipient,
        b"513" => Kind::RelayDenied,
        [b'5', second, third] if second.is_ascii_digit() && third.is_ascii_digit() => Kind::RejectedMail,
        _ => return None,
    };
    Some((kind, text.strip_prefix(b"User ").unwrap_or(text)))
}

/// `Maximum connection limit reached for IP`.
fn limit(text: &[u8]) -> Option<Finding<'_>> {
    let address = text.strip_prefix(b"Maximum connection limit reached for ")?;
    Some(Finding::new(Kind::RateLimited, address::read(address)?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 mx";

    #[test]
    fn a_failed_login_is_told_in_the_wordings_of_all_versions() {
        for (program, fields, expected) in [
            ("imapd", "user=bob, ip=[::ffff:203.0.113.7]", "failed-login 203.0.113.7 by bob"),
            (
                "pop3d-ssl",
                "user=bob, ip=[203.0.113.7], port=[4711]",
                "failed-login 203.0.113.7 port 4711 by bob",
            ),
            ("imapd-ssl[7]", "method=PLAIN, ip=[2001:db8::7]", "failed-login 2001:db8::7"),
            ("courierpop3login", "ip=[203.0.113.7]", "failed-login 203.0.113.7"),
        ] {
            tells("courier", &format!("{HOST} {program}: LOGIN FAILED, {fields}"), expected);
            tells("courier", &format!("{HOST} {program}: INFO: LOGIN FAILED, {fields}"), expected);
        }
        tells_nothing(
            "courier",
            &[
                &format!("{HOST} imapd: LOGIN, user=bob, ip=[203.0.113.7], protocol=IMAP"),
                &format!("{HOST} imapd: LOGOUT, user=bob, ip=[203.0.113.7], headers=0, body=0"),
                &format!("{HOST} imapd: LOGIN FAILED, user=bob, ip=[192.030.0.6]"),
            ],
        );
    }

    #[test]
    fn refused_mail_is_told_with_the_reason() {
        for (rest, expected) in [
            ("from=<a@b.example>,to=<c@d.example>: 550 User unknown.", "rejected-recipient 203.0.113.7"),
            ("ident=x,from=<>,to=<c@d.example>: 550 User <c> unknown", "rejected-recipient 203.0.113.7"),
            ("from=<a@b.example>,to=<c@d.example>: 513 Relaying denied.", "relay-denied 203.0.113.7"),
            ("from=<a@b.example>: 511 Blocked", "rejected-mail 203.0.113.7"),
            ("msg=\"535 Authentication failed.\",cmd: AUTH LOGIN eA==", "failed-login 203.0.113.7"),
            (
                "port=4711,msg=\"502 ESMTP command error\",cmd: AUTH LOGIN",
                "bad-protocol 203.0.113.7 port 4711",
            ),
        ] {
            tells(
                "courier",
                &format!("{HOST} courieresmtpd: error,relay=::ffff:203.0.113.7,{rest}"),
                expected,
            );
        }
        tells_nothing(
            "courier",
            &[&format!(
                "{HOST} courieresmtpd: error,relay=203.0.113.7,from=<a@b.example>: 435 Try again later."
            )],
        );
        let limit = "couriertcpd: Maximum connection limit reached for ::ffff:203.0.113.7";
        tells("courier", &format!("{HOST} {limit}"), "rate-limited 203.0.113.7");
    }

    #[test]
    fn a_user_that_looks_like_an_address_accuses_nobody_else() {
        for (user, end) in [
            ("x, ip=[192.0.2.1]", ""),
            ("x, ip=[192.0.2.1], port=[5]", ""),
            ("x, ip=[192.0.2.1", ", port=[5]"),
        ] {
            let line = format!("{HOST} imapd: LOGIN FAILED, user={user}, ip=[203.0.113.7]{end}");
            let port = if end.is_empty() { "" } else { " port 5" };
            tells("courier", &line, &format!("failed-login 203.0.113.7{port} by {user}"));
        }
    }
}
