//! From a line to its event: who may have written it, and what that daemon's grammar says.

use alloc::boxed::Box;

use once_cell::race::OnceBox;

use crate::web::WebRules;
use crate::{Event, Line, Service, repeat};

/// All grammars, with the rules by which requests to web servers are judged.
#[derive(Debug)]
pub struct Grammars {
    rules: WebRules,
}

impl Grammars {
    /// Grammars with rules of one's own. Build them once: it takes milliseconds.
    #[must_use]
    pub const fn new(rules: WebRules) -> Self {
        Self { rules }
    }

    /// The grammars with the rules shipped, the same wherever this version of the crate runs: what a malicious log
    /// proves must not depend on who reads it.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceBox<Grammars> = OnceBox::new();
        SHIPPED.get_or_init(|| Box::new(Self::new(WebRules::shipped())))
    }

    /// The service that wrote `line`: by its program name or, when the line names no program or one that several
    /// services have, by the grammar that understands the message.
    #[must_use]
    pub fn recognise(&self, line: &Line<'_>) -> Option<Service> {
        let mut named = line.program.into_iter().flat_map(Service::all_of_program);
        match (named.next(), named.next()) {
            (Some(only), None) => Some(only),
            (first, _) => self.parse(None, line).map(|event| event.service).or(first),
        }
    }

    /// The event that `line` proves, if any.
    ///
    /// With a `service` only that service's events are read. A line that names a known program is read by the grammars
    /// of those that log under its name; one that names another only by those whose messages are known behind any name;
    /// one that names none by the grammar of `service`, or by each that its first bytes allow. Grammars that disagree
    /// about the address accuse nobody, and of a line in a form that only one daemon has the others have no say.
    #[must_use]
    pub fn parse<'a>(&self, service: Option<Service>, line: &Line<'a>) -> Option<Event<'a>> {
        let (times, message) = repeat::unfold(line.message);
        let read = |service: Service| {
            let finding = service.daemon().grammar.read(message, &self.rules)?;
            Some(finding.of(service, times))
        };
        let is_wanted = |candidate: &Service| service.is_none_or(|wanted| wanted == *candidate);
        let Some(program) = line.program else {
            return match service {
                Some(service) => read(service),
                None => agreed(Service::of_bare(message, line.is_record), message, read),
            };
        };
        let mut named = Service::all_of_program(program).peekable();
        if named.peek().is_some() {
            return agreed(named.filter(is_wanted), message, read);
        }
        agreed(Service::of_any_program(message).filter(is_wanted), message, read)
    }

    /// [`Line::parse`] and [`Grammars::parse`] in one step.
    #[must_use]
    pub fn parse_line<'a>(&self, service: Option<Service>, raw: &'a [u8]) -> Option<(Line<'a>, Event<'a>)> {
        let line = Line::parse(raw);
        self.parse(service, &line).map(|event| (line, event))
    }
}

/// What the first of the candidates reads that reads anything, if the others do not contradict it.
///
/// An attacker may have words in one daemon's line that look like another's. So two addresses are none, and a candidate
/// that knows the line for its own has the only word, also when it says nothing.
fn agreed<'a>(
    candidates: impl Iterator<Item = Service>,
    message: &[u8],
    read: impl Fn(Service) -> Option<Event<'a>>,
) -> Option<Event<'a>> {
    let (mut found, mut is_disputed) = (None::<Event<'a>>, false);
    for service in candidates {
        let event = read(service);
        if service.daemon().bare.frames(message) {
            return event;
        }
        match (&found, event) {
            (Some(first), Some(event)) => is_disputed |= first.address != event.address,
            (None, event) => found = event,
            (Some(_), None) => {}
        }
    }
    found.filter(|_| !is_disputed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Finding;
    use crate::{Kind, parse_line};

    #[test]
    fn a_line_that_two_grammars_read_with_different_addresses_accuses_nobody() {
        let services = ["sshd", "znc"].map(|name| name.parse::<Service>().unwrap());
        let accused = |addresses: [&str; 2]| {
            let event = |service: Service| {
                let nth = services.iter().position(|one| *one == service)?;
                let address = addresses[nth].parse().ok()?;
                Some(Finding::new(Kind::FailedLogin, address).of(service, 1))
            };
            agreed(services.into_iter(), b"x", event).map(|event| event.address.to_string())
        };
        assert_eq!(accused(["203.0.113.9", "192.0.2.1"]), None);
        assert_eq!(accused(["203.0.113.9", "203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(accused(["", "203.0.113.9"]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn words_in_a_line_of_apache_or_nginx_that_look_like_anothers_accuse_nobody() {
        let apache = "[Mon Nov 23 02:00:01.123456 2026] [php:notice] [pid 7] [client 203.0.113.9:5]";
        let nginx = "2026/11/23 02:00:01 [error] 7#7:";
        for opening in [apache, "[Mon Nov 23 02:00:01 2026] [error] [client 203.0.113.9]", nginx] {
            for words in [
                "PHP Notice:  x in /a.php on line 7, referer: http://x/] failed to login from 192.0.2.1",
                "x H=[192.0.2.1] rejected RCPT <y>: relay not permitted",
                "x failed to login from 192.0.2.1",
            ] {
                let raw = format!("{opening} {words}");
                assert_eq!(parse_line(None, raw.as_bytes()), None, "{raw}");
            }
        }
    }
}
