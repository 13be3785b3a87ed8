//! BIND 9: `client [@0xN ]IP#PORT[/key KEY][ (QUESTION)][: view VIEW]: MESSAGE` (ns_client_logv).
//!
//! Names of the DNS hold no space here, and all of them stand behind the address. A question is one datagram, so its
//! sender is a claim; that of a transfer too, which named refuses before it asks for TCP.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "named",
    // In its own files a line begins with the category.
    programs: &["security", "update-security", "query-errors", "rate-limit", "xfer-out", "bind9"],
    units: &["named", "bind9"],
    any_program: false,
    bare: Bare::Opens(&["client ", "error: client ", "info: client ", "notice: client ", "warning: client "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let levels: [(&[u8], ()); 4] = [(b"error: ", ()), (b"info: ", ()), (b"notice: ", ()), (b"warning: ", ())];
    let message = split::opening(message, &levels).map_or(message, |((), rest)| rest);
    let text = message.strip_prefix(b"client ")?;
    let text = if text.starts_with(b"@0x") { split::word(text)?.1 } else { text };
    let (address, text) = split::first(text, b"#")?;
    let address = address::read(address)?;
    let digits = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let (_, text) = text.split_at_checked(digits)?;
    let (about, text) = split::first(text, b": ")?;
    let question = split::first(about, b" (").and_then(|(_, name)| name.strip_suffix(b")"));
    let (view, text) = match text.strip_prefix(b"view ") {
        Some(text) => split::first(text, b": ").map(|(view, text)| (Some(view), text))?,
        None => (None, text),
    };
    let (finding, name) = refused(text, address)?;
    Some(
        finding
            .claimed()
            .hiding(question.map(Private::Query))
            .hiding(view.map(Private::Detail))
            .hiding(name.map(Private::Query)),
    )
}

/// What was refused, and the name that it was about.
fn refused(text: &[u8], address: core::net::IpAddr) -> Option<(Finding<'_>, Option<&[u8]>)> {
    const BEGINNINGS: [(&[u8], Kind); 8] = [
        (b"query (cache) '", Kind::QueryRefused),
        (b"query '", Kind::QueryRefused),
        (b"zone transfer '", Kind::QueryRefused),
        (b"bad zone transfer request: '", Kind::QueryRefused),
        (b"update forwarding '", Kind::QueryRefused),
        (b"update '", Kind::QueryRefused),
        (b"updating zone '", Kind::QueryRefused),
        (b"notify '", Kind::QueryRefused),
    ];
    let found = Finding::new(Kind::QueryRefused, address);
    if text.starts_with(b"rate limit drop ") || text.starts_with(b"rate limit slip ") {
        return Some((Finding { kind: Kind::RateLimited, ..found }, None));
    }
    if let Some(rest) = text.strip_prefix(b"query failed (REFUSED) for ") {
        return Some((found, rest.split(|&byte| byte == b'/').next()));
    }
    if text.starts_with(b"request has invalid signature: ") {
        return Some((Finding { kind: Kind::FailedKey, ..found }, None));
    }
    let (kind, rest) = split::opening(text, &BEGINNINGS)?;
    let (about, outcome) = split::first(rest, b"'")?;
    let name = split::last(about, b"/").and_then(|(head, _)| split::last(head, b"/"));
    let name = name.map_or(about, |(name, _)| name);
    let is_refusal = outcome.starts_with(b" denied")
        || outcome.starts_with(b": non-authoritative zone (NOTAUTH)")
        || outcome.starts_with(b": update failed: rejected by secure update (REFUSED)");
    is_refusal.then_some((Finding { kind, ..found }, Some(name)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_refused_question_is_a_claim() {
        let told = "query-refused 203.0.113.7 claimed";
        for (opening, message) in [
            ("Nov 23 02:00:01 ns named[7]:", "client 203.0.113.7#4711: query 'a.example/A/IN' denied"),
            (
                "Nov 23 02:00:01 ns named[7]:",
                "client @0x7f01 203.0.113.7#4711 (a.example): query (cache) 'a.example/A/IN' denied (allow-query-cache did not match)",
            ),
            (
                "Nov 23 02:00:01 ns named[7]:",
                "client 203.0.113.7#4711: view outer: query (cache) './NS/IN' denied",
            ),
            (
                "Nov 23 02:00:01 ns named[7]:",
                "client @0x7f01 203.0.113.7#4711 (a.example): view outer: update 'a.example/IN' denied",
            ),
            (
                "23-Nov-2026 02:00:01.123",
                "client 203.0.113.7#4711/key k (a.example): bad zone transfer request: 'a.example/IN': non-authoritative zone (NOTAUTH)",
            ),
            (
                "23-Nov-2026 02:00:01.123 security: info:",
                "client 203.0.113.7#4711 (a.example): query 'a.example/A/IN' denied",
            ),
            (
                "23-Nov-2026 02:00:01.123 query-errors: info:",
                "client @0x7f01 203.0.113.7#4711 (a.example): query failed (REFUSED) for a.example/IN/A at query.c:5445",
            ),
        ] {
            tells("named", &format!("{opening} {message}"), told);
        }
    }

    #[test]
    fn a_refused_transfer_is_a_claim_for_it_can_be_asked_for_in_a_datagram() {
        tells(
            "named",
            "23-Nov-2026 02:00:01.123 error: client 203.0.113.7#4711: zone transfer 'a.example/AXFR/IN' denied",
            "query-refused 203.0.113.7 claimed",
        );
        tells(
            "named",
            "Nov 23 02:00:01 ns named[7]: client @0x7f01 2001:db8::7#4711 (a.example): rate limit drop ANY response to 2001:db8::/56",
            "rate-limited 2001:db8::7 claimed",
        );
    }

    #[test]
    fn answered_questions_are_nothing() {
        let banner = "Nov 23 02:00:01 ns named[7]: client @0x7f01 203.0.113.7#4711 (a.example):";
        tells_nothing(
            "named",
            &[
                &format!("{banner} query: a.example IN A +E(0)K (198.51.100.1)"),
                &format!("{banner} query failed (SERVFAIL) for a.example/IN/A at query.c:5445"),
                &format!("{banner} transfer of 'a.example/IN': AXFR started"),
            ],
        );
    }
}
