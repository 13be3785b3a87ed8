//! Exim's main and reject logs, in their own files or through syslog: `[PID] [MESSAGE-ID ]TEXT`, the client being
//! `HOST (HELO) [IP]:PORT I=[IP]:PORT` (`host_and_ident` in host.c, `smtp_log_options`).

mod host;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, split, text};
use host::Host;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "exim",
    // sa-exim: behind the id of a message its mark looks like a program behind a host.
    programs: &["exim4", "SA"],
    units: &["exim", "exim4"],
    any_program: false,
    bare: Bare::Holds(b'['),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_id(behind_process(message));
    authenticator(text)
        .or_else(|| refused(text))
        .or_else(|| connection(text))
        .or_else(|| protocol(text))
        .or_else(|| spam(text))
}

/// Without `[PID] `.
fn behind_process(message: &[u8]) -> &[u8] {
    let close = || {
        let digits = message.strip_prefix(b"[")?;
        let end = text::find(digits, b"] ").filter(|&end| digits.iter().take(end).all(u8::is_ascii_digit))?;
        digits.get(end + 2..)
    };
    close().unwrap_or(message)
}

/// Without the id of a message, `1ahr79-0006jK-G9 ` or since 4.97 `1qABCD-00000000abc-1234 `.
fn behind_id(text: &[u8]) -> &[u8] {
    let is_part = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric);
    let id = text.split(|&byte| byte == b' ').next().unwrap_or_default();
    let is_id = matches!(id.len(), 16 | 23)
        && id.split(|&byte| byte == b'-').filter(|part| is_part(part)).count() == 3;
    text.get(id.len() + 1..).filter(|_| is_id).unwrap_or(text)
}

/// `NAME authenticator failed for HOST[ U=IDENT]: 535 Incorrect authentication data[ (set_id=USER)]`.
fn authenticator(text: &[u8]) -> Option<Finding<'_>> {
    let (_name, failed) = split::first(text, b" ")?;
    let client = failed.strip_prefix(b"authenticator failed for ")?;
    let (host, rest) = host::read(client.strip_prefix(b"H=").unwrap_or(client))?;
    let (ident, reply) = match rest.strip_prefix(b" U=") {
        Some(named) => split::first(named, b": ")?,
        None => (&[][..], rest.strip_prefix(b": ")?),
    };
    let words = reply.strip_prefix(b"535 Incorrect authentication data")?;
    let user = words.strip_prefix(b" (set_id=").and_then(|user| user.get(..memchr::memrchr(b')', user)?));
    let finding = host.did(Kind::FailedLogin).hiding(Some(Private::User(ident)));
    Some(user.map_or(finding, |user| finding.by(user)))
}

/// `H=HOST ... rejected RCPT <ADDRESS>: REASON`, and all that is said of a client in this form. The first mark counts.
fn refused(text: &[u8]) -> Option<Finding<'_>> {
    const RECIPIENT: &[u8] = b" rejected RCPT ";
    const MARKS: [(&[u8], Option<Kind>); 8] = [
        (RECIPIENT, None),
        (b" temporarily rejected ", None),
        (b" rejected EHLO or HELO ", Some(Kind::BadProtocol)),
        (b" rejected connection ", Some(Kind::ConnectionRefused)),
        (b" rejected AUTH ", Some(Kind::UserNotAllowed)),
        (b" rejected ", Some(Kind::RejectedMail)),
        (b" sender verify fail for ", Some(Kind::RejectedMail)),
        (b" dropped by 'connect' ACL", Some(Kind::ConnectionRefused)),
    ];
    let (sender, text) = behind_sender(text)?;
    let (host, rest) = host::read(text.strip_prefix(b"H=")?)?;
    let found = MARKS.iter().filter_map(|(mark, kind)| Some((text::find(rest, mark)?, *mark, *kind)));
    let (at, mark, kind) = found.min_by_key(|(at, ..)| *at)?;
    let words = rest.get(at + mark.len()..)?;
    // The reason is what tells the kind of a recipient's refusal; nothing else is needed.
    let (kind, private) =
        if mark == RECIPIENT { (recipient(words)?, before_reason(words)) } else { (kind?, words) };
    let between = rest.get(..at).map(words_of);
    let between = between.map(Private::Detail);
    let sender = sender.map(Private::User);
    Some(host.did(kind).hiding(sender).hiding(between).hiding(Some(Private::User(private))))
}

/// The address in `F=ADDRESS ` in front, and what follows it. A quoted address may hold spaces and anything else, the
/// likeness of a host too: of such a line nothing is read.
fn behind_sender(text: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let Some(named) = text.strip_prefix(b"F=") else { return Some((None, text)) };
    let (sender, rest) = split::first(named, b" ")?;
    let is_whole = sender.starts_with(b"<") == sender.ends_with(b">") && !sender.contains(&b'"');
    is_whole.then_some((Some(sender), rest))
}

/// `<ADDRESS>` or `ADDRESS`, up to the colon before the reason.
fn before_reason(words: &[u8]) -> &[u8] {
    let end = text::find(words, b": ").unwrap_or(words.len());
    words.get(..end).unwrap_or_default()
}

fn recipient(words: &[u8]) -> Option<Kind> {
    let reason = words.get(before_reason(words).len()..)?;
    let holds = |text: &str| text::find(reason, text.as_bytes()).is_some();
    Some(match () {
        () if holds("relay not permitted") => Kind::RelayDenied,
        () if holds("reylist") || holds("retry later") => return None,
        () if holds("nrouteable")
            || holds("nknown user")
            || holds("o such user")
            || holds("nknown recipient") =>
        {
            Kind::RejectedRecipient
        }
        () if holds("dnsbl") || holds("black list") || holds("blacklist") || holds("blocklist") => {
            Kind::Blocklisted
        }
        () => Kind::RejectedMail,
    })
}

/// `SMTP call from HOST dropped: too many ...`, `no MAIL in SMTP connection from HOST D=...`, `SMTP connection from
/// HOST closed by DROP in ACL`, `TLS error on connection from HOST (...)`, and others of this form.
fn connection(text: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], &[u8], Kind); 11] = [
        (b"SMTP call from ", b" dropped: too many ", Kind::TooManyFailures),
        (b"no MAIL in SMTP connection from ", b" D=", Kind::NoLogin),
        (b"SMTP connection from ", b" closed by DROP in ACL", Kind::ConnectionRefused),
        (b"TLS error on connection from ", b" (", Kind::NegotiationFailed),
        (b"SMTP command timeout on connection from ", b"", Kind::LoginTimeout),
        (b"SMTP command timeout on TLS connection from ", b"", Kind::LoginTimeout),
        (b"unexpected disconnection while reading SMTP command from ", b"", Kind::NoLogin),
        (b"Connection from ", b" refused: too many connections from that IP address", Kind::RateLimited),
        (b"refused connection from ", b" (", Kind::ConnectionRefused),
        (b"rejected HELO from ", b": syntactically invalid argument(s): ", Kind::BadProtocol),
        (b"rejected EHLO from ", b": syntactically invalid argument(s): ", Kind::BadProtocol),
    ];
    let (client, after, kind) = openings
        .iter()
        .find_map(|(opening, after, kind)| Some((text.strip_prefix(*opening)?, *after, *kind)))?;
    let (host, rest) = host::read(client)?;
    let words = rest.strip_prefix(after)?;
    Some(host.did(kind).hiding(Some(Private::Detail(words_of(words)))))
}

/// `SMTP protocol error in "COMMAND" H=HOST TEXT` and `SMTP protocol synchronization error (TEXT): rejected ...
/// H=HOST ...`.
///
/// The command may look like a host; behind the true one the first text is Exim's own, so the last host counts.
/// Behind the second the client speaks again, so there it must be the only one.
fn protocol(text: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], ()); 2] = [(b"SMTP protocol error in \"", ()), (b"SMTP syntax error in \"", ())];
    if let Some(((), command)) = split::opening(text, &openings) {
        let at = text::rfind(command, b"\" H=")?;
        let (host, rest) = host::read(command.get(at + b"\" H=".len()..)?)?;
        let is_own = rest == b" AUTH command used when not advertised"
            || rest.ends_with(b" authentication mechanism not supported")
            || rest == b" unrecognized command"
            || rest == b" NUL character(s) present (shown as '?')";
        return is_own.then(|| host.did(Kind::BadProtocol).hiding(command.get(..at).map(Private::Detail)));
    }
    let openings: [(&[u8], ()); 2] = [
        (b"SMTP protocol synchronization error (", ()),
        (b"SMTP protocol violation: synchronization error (", ()),
    ];
    let ((), rest) = split::opening(text, &openings)?;
    let hosts = text::find_iter(rest, b" H=").filter_map(|at| Some((at, host::read(rest.get(at + 3..)?)?)));
    let (at, (host, words)) = split::single(hosts)?;
    let command = rest.get(..at).and_then(|before| split::first(before, b"\"")).map(|(_, command)| command);
    let finding = host.did(Kind::BadProtocol).hiding(command.map(Private::Detail));
    Some(finding.hiding(Some(Private::Detail(words_of(words)))))
}

/// sa-exim: `SA: Action: ... (scanned in ... | Message-Id: ID). From <ADDRESS> (host=NAME [IP]) for ADDRESS`.
fn spam(text: &[u8]) -> Option<Finding<'_>> {
    let text = text.strip_prefix(b"SA: ").unwrap_or(text).strip_prefix(b"Action: ")?;
    let actions: [(&[u8], ()); 4] = [
        (b"flagged as Spam", ()),
        (b"silently tossed", ()),
        (b"permanently rejected", ()),
        (b"teergrubed", ()),
    ];
    let ((), text) = split::opening(text, &actions)?;
    let hosts = split::each(text, b" (host=").filter_map(|(about, rest)| Some((about, host::read(rest)?)));
    let (about, (host, rest)) = split::single(hosts)?;
    let finding = host.did(Kind::RejectedMail).hiding(Some(Private::Detail(about)));
    Some(finding.hiding(Some(Private::Detail(words_of(rest)))))
}

/// What follows a host, without the marks that end it.
fn words_of(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !b" :)".contains(byte));
    text.get(start.unwrap_or(text.len())..).unwrap_or_default()
}

impl<'a> Host<'a> {
    fn did(&self, kind: Kind) -> Finding<'a> {
        let finding = Finding::at(kind, self.peer).hiding(self.name.map(Private::Host));
        finding.hiding(self.local.map(Private::LocalAddress))
    }
}

#[cfg(test)]
mod tests;
