//! The Anti-Spam SMTP Proxy: `[ID ][Worker_N] [TAG] IP [<FROM> to: TO ]MESSAGE`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "assp",
    programs: &[],
    units: &["assp"],
    any_program: false,
    bare: Bare::Opens(&["[SSL-", "[TLS-", "[Worker_", "Blocking ", "m1-", "m2-", "id-"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    blocked(message).or_else(|| session(message))
}

/// `Blocking IP - too much AUTH errors (N);`.
fn blocked(message: &[u8]) -> Option<Finding<'_>> {
    let (rest, address) = address::address(message.strip_prefix(b"Blocking ")?).ok()?;
    rest.starts_with(b" - too m").then(|| Finding::new(Kind::TooManyFailures, address))
}

/// All words of the client stand behind its address.
fn session(message: &[u8]) -> Option<Finding<'_>> {
    const MARKS: [(&[u8], Kind); 9] = [
        (b"[SMTP Error] 535 ", Kind::FailedLogin),
        (b"[SMTP Error] 55", Kind::RejectedMail),
        (b"max sender authentication errors (", Kind::TooManyFailures),
        (b"max errors (", Kind::TooManyFailures),
        (b"relay attempt blocked for", Kind::RelayDenied),
        (b"SSL negotiation with client failed: ", Kind::NegotiationFailed),
        (b"TLS negotiation with client failed: ", Kind::NegotiationFailed),
        (b"invalid address rejected: ", Kind::RejectedRecipient),
        (b"DNSBL: failed, ", Kind::Blocklisted),
    ];
    let (rest, address) = address::address(behind_tags(behind_id(message))?).ok()?;
    let words = rest.strip_prefix(b" ")?;
    let found = MARKS.iter().filter_map(|(mark, kind)| Some((text::find(words, mark)?, mark.len(), *kind)));
    let (at, length, kind) = found.min_by_key(|(at, ..)| *at)?;
    let envelope = words.get(..at).map(|envelope| Private::Detail(envelope.trim_ascii_end()));
    let detail = words.get(at + length..).map(Private::Detail);
    Some(Finding::new(kind, address).hiding(envelope).hiding(detail))
}

/// Without the id of a message, `m1-25391-06124 `.
fn behind_id(message: &[u8]) -> &[u8] {
    match split::first(message, b" ") {
        Some((id, rest)) if id.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-') => rest,
        _ => message,
    }
}

/// Without tags, `[Worker_1] [TLS-out] `, of which there is at least one.
fn behind_tags(text: &[u8]) -> Option<&[u8]> {
    let behind = |text: &'_ [u8]| -> Option<usize> {
        let (tag, _) = split::between(text, b"[", b"] ")?;
        Some(tag.len() + b"[] ".len())
    };
    let mut rest = text.get(behind(text)?..)?;
    while let Some(length) = behind(rest) {
        rest = rest.get(length..)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn what_a_session_did_is_told() {
        for (text, kind) in [
            ("SSL negotiation with client failed: SSL accept attempt failed;", "negotiation-failed"),
            ("max sender authentication errors (5) exceeded -- dropping connection", "too-many-failures"),
            ("[SMTP Error] 535 5.7.8 Error: authentication failed: x", "failed-login"),
            ("<a@b.example> to: c@d.example relay attempt blocked for: e@f.example", "relay-denied"),
            ("<a@b.example> relay attempt blocked for (parsing): <e@f.example>", "relay-denied"),
            ("<a@b.example> to: c@d.example invalid address rejected: c@d.example", "rejected-recipient"),
            ("<a@b.example> to: c@d.example DNSBL: failed, 203.0.113.7 listed in x.example", "blocklisted"),
        ] {
            for tags in
                ["[SSL-out]", "[Worker_1] [TLS-in] [TLS-out]", "m1-25391-06124 [Worker_1] [RelayAttempt]"]
            {
                let line = format!("Nov-23-26 02:00:01 {tags} 203.0.113.7 {text}");
                tells("assp", &line, &format!("{kind} 203.0.113.7"));
            }
        }
        tells(
            "assp",
            "Nov-23-26 02:00:01 Blocking 203.0.113.7 - too much AUTH errors (8);",
            "too-many-failures 203.0.113.7",
        );
        tells_nothing(
            "assp",
            &[
                "Nov-23-26 02:00:01 [Worker_1] Info: 203.0.113.7 x",
                "Nov-23-26 02:00:01 m1-25391-06124 [Worker_1] 203.0.113.7 <a@b.example> to: c@d.example message ok",
            ],
        );
    }
}
