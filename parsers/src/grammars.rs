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
    /// one that names none by the grammar of `service`, or by each that its first bytes allow.
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
                None => Service::of_bare(message, line.is_record).find_map(read),
            };
        };
        let mut named = Service::all_of_program(program).peekable();
        if named.peek().is_some() {
            return named.filter(is_wanted).find_map(read);
        }
        Service::of_any_program(message).filter(is_wanted).find_map(read)
    }

    /// [`Line::parse`] and [`Grammars::parse`] in one step.
    #[must_use]
    pub fn parse_line<'a>(&self, service: Option<Service>, raw: &'a [u8]) -> Option<(Line<'a>, Event<'a>)> {
        let line = Line::parse(raw);
        self.parse(service, &line).map(|event| (line, event))
    }
}
