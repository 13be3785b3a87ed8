//! Unbound: `ip_ratelimit exceeded IP N QUESTION` and `refused query from IP port N[ because of RULE]`. Questions are
//! datagrams, so every address is a claim.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "unbound",
    programs: &[],
    units: &["unbound"],
    any_program: false,
    bare: Bare::Opens(&["unbound["]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_thread(message);
    let levels: [(&[u8], ()); 3] = [(b"info: ", ()), (b"notice: ", ()), (b"debug: ", ())];
    let ((), text) = split::opening(text, &levels)?;
    let openings: [(&[u8], Kind); 3] = [
        (b"ip_ratelimit exceeded ", Kind::RateLimited),
        (b"refused query from ", Kind::QueryRefused),
        (b"dropped query from ", Kind::QueryRefused),
    ];
    let (kind, text) = split::opening(text, &openings)?;
    let (address, rest) = split::word(text)?;
    // The number behind the address stays, so that a question of one word is not taken for it.
    let words = split::word(rest).map(|(_, words)| Private::Query(words));
    Some(Finding::new(kind, address::read(address)?).claimed().hiding(words))
}

/// Behind `unbound[7:0] ` or `[7:0] `.
fn behind_thread(message: &[u8]) -> &[u8] {
    let thread = message.strip_prefix(b"unbound").unwrap_or(message).strip_prefix(b"[");
    thread.and_then(|thread| split::first(thread, b"] ")).map_or(message, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn floods_and_refused_questions_are_claims() {
        for banner in [
            "[1795399201] unbound[7:0]",
            "Nov 23 02:00:01 ns unbound: [7:0]",
            "Nov 23 02:00:01 ns unbound[7]: [7:0]",
        ] {
            for (message, kind) in [
                ("info: ip_ratelimit exceeded 203.0.113.7 100 a.example. A IN", "rate-limited"),
                (
                    "debug: refused query from 203.0.113.7 port 4711 because of 0.0.0.0/0 refuse",
                    "query-refused",
                ),
            ] {
                tells("unbound", &format!("{banner} {message}"), &format!("{kind} 203.0.113.7 claimed"));
            }
            tells_nothing("unbound", &[&format!("{banner} info: 203.0.113.7 a.example. A IN")]);
        }
    }
}
