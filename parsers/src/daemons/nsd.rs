//! NSD: `axfr for NAME from IP refused, REASON` and `ratelimit block NAME type T target NET query IP TYPE`. Names
//! hold no space.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "nsd",
    programs: &[],
    units: &["nsd"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let levels: [(&[u8], ()); 4] = [(b"info: ", ()), (b"notice: ", ()), (b"warning: ", ()), (b"error: ", ())];
    let text = split::opening(message, &levels).map_or(message, |((), rest)| rest);
    transfer(text).or_else(|| limit(text))
}

fn transfer(text: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], ()); 3] = [(b"axfr for ", ()), (b"ixfr for ", ()), (b"notify for ", ())];
    let ((), text) = split::opening(text, &openings)?;
    let (zone, text) = split::first(text.strip_prefix(b"zone ").unwrap_or(text), b" from ")?;
    let (address, outcome) = split::word(text.strip_prefix(b"client ").unwrap_or(text))?;
    let finding = Finding::new(Kind::QueryRefused, address::read(address)?).claimed();
    outcome.starts_with(b"refused, ").then(|| finding.hiding(Some(Private::Query(zone))))
}

fn limit(text: &[u8]) -> Option<Finding<'_>> {
    let (zone, text) = split::between(text, b"ratelimit block ", b" type ")?;
    let (_, text) = split::first(text, b" target ")?;
    let (_, text) = split::first(text, b" query ")?;
    let (address, _) = split::word(text)?;
    let finding = Finding::new(Kind::RateLimited, address::read(address)?).claimed();
    Some(finding.hiding(Some(Private::Query(zone))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refused_transfers_and_floods_are_told() {
        for (message, kind) in [
            ("axfr for a.example. from 203.0.113.7 refused, no acl matches", "query-refused"),
            ("axfr for zone a.example. from client 203.0.113.7 refused, no acl matches.", "query-refused"),
            ("notify for a.example. from 203.0.113.7 refused, no acl matches.", "query-refused"),
            (
                "ratelimit block a.example. type any target 192.0.2.0/24 query 203.0.113.7 TYPE255",
                "rate-limited",
            ),
        ] {
            for banner in
                ["[1795399201] nsd[7]:", "[2026-11-23 02:00:01.123] nsd[7]:", "Nov 23 02:00:01 ns nsd[7]:"]
            {
                tells("nsd", &format!("{banner} info: {message}"), &format!("{kind} 203.0.113.7 claimed"));
            }
        }
        tells_nothing(
            "nsd",
            &[
                "Nov 23 02:00:01 ns nsd[7]: info: axfr for a.example. from 203.0.113.7",
                "Nov 23 02:00:01 ns nsd[7]: ratelimit unblock a.example. type any target 192.0.2.0/24",
            ],
        );
    }
}
