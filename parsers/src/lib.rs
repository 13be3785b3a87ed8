//! Grammars for the log lines that prove an attack.
//!
//! A line of a log goes through two steps, and both borrow from the line:
//!
//! ```text
//! &[u8] --Line::parse--> Line { timestamp, host, program, pid, message }
//!                          | parse
//!                          v
//!                        Event { service, kind, address, provenance, count, user, port, .. }
//! ```
//!
//! ```
//! use sentinel_parsers::{Kind, parse_line};
//!
//! let raw = b"Nov 23 02:00:01 gate sshd[812]: Failed password for root from 203.0.113.7 port 4711 ssh2";
//! let (line, event) = parse_line(None, raw).ok_or("no event")?;
//! assert_eq!(line.pid, Some(812));
//! assert_eq!(event.kind, Kind::FailedLogin);
//! assert_eq!(event.address.to_string(), "203.0.113.7");
//! # Ok::<(), &str>(())
//! ```
//!
//! # Who wrote which byte
//!
//! An attacker chooses the user name, and a user name may read ` from 192.0.2.1 port 5 ssh2`. So every
//! grammar is anchored at both ends, and reads from the side that the daemon wrote:
//! - text of the attacker *before* the address: the message is read from the right;
//! - text of the attacker *after* the address: it is read from the left;
//! - text of the attacker on both sides: it counts only when there is one possible reading.
//!
//! Whatever is left over is no event. A host name is never resolved, an odd address never guessed, and a
//! line whose banner names another program is never an event of a service, whatever its message says.
//!
//! # Bounds
//!
//! Any bytes of any length are fine: nothing panics, nothing is allocated, no clock is read, and the time
//! is linear in the length of the line.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod address;
mod banner;
mod dropbear;
mod event;
mod line;
mod redact;
mod repeat;
mod service;
mod sshd;
mod tail;
mod timestamp;

pub use event::{Event, Kind, Private, Provenance};
pub use line::Line;
pub use redact::{PrivateRange, private_ranges};
pub use repeat::MAX_COUNT;
pub use service::{Service, UnknownService};
pub use timestamp::Timestamp;

/// The service that wrote `line`: by its program name or, when the line names no program, by the grammar that
/// understands the message.
#[must_use]
pub fn recognise(line: &Line<'_>) -> Option<Service> {
    match line.program {
        Some(program) => Service::of_program(program),
        None => parse(None, line).map(|event| event.service),
    }
}

/// The event that `line` proves, if any.
///
/// With a `service` only that service's events are read. A line that names a program is read by that program's
/// grammar alone; one that names none is read by the grammar of `service`, or by each of them.
#[must_use]
pub fn parse<'a>(service: Option<Service>, line: &Line<'a>) -> Option<Event<'a>> {
    let named = match line.program {
        Some(program) => Some(Service::of_program(program)?),
        None => None,
    };
    let (count, message) = repeat::unfold(line.message);
    let event = match (named, service) {
        (Some(named), Some(wanted)) if named != wanted => None,
        (Some(service), _) | (None, Some(service)) => grammar(service, message),
        (None, None) => sshd::event(message).or_else(|| dropbear::event(message)),
    }?;
    Some(Event { count: event.count.saturating_mul(count).clamp(1, MAX_COUNT), ..event })
}

/// [`Line::parse`] and [`parse`] in one step.
#[must_use]
pub fn parse_line(service: Option<Service>, raw: &[u8]) -> Option<(Line<'_>, Event<'_>)> {
    let line = Line::parse(raw);
    parse(service, &line).map(|event| (line, event))
}

fn grammar(service: Service, message: &[u8]) -> Option<Event<'_>> {
    match service {
        Service::Sshd => sshd::event(message),
        Service::Dropbear => dropbear::event(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "Failed password for bob from 203.0.113.7 port 5 ssh2";

    #[test]
    fn another_program_that_logs_the_words_of_sshd_accuses_nobody() {
        for program in ["su", "sudo", "httpd", "ssh", "sshd-keygen", "kernel"] {
            let raw = format!("Nov 23 02:00:01 gate {program}[1]: {MESSAGE}");
            for service in [None, Some(Service::Sshd)] {
                assert_eq!(parse_line(service, raw.as_bytes()), None, "{program}");
            }
        }
    }

    #[test]
    fn a_line_of_one_service_is_no_event_of_another() {
        let raw = format!("sshd[1]: {MESSAGE}");
        assert_eq!(parse_line(Some(Service::Dropbear), raw.as_bytes()), None);
        assert_eq!(parse_line(Some(Service::Dropbear), MESSAGE.as_bytes()), None);
        assert!(parse_line(Some(Service::Sshd), raw.as_bytes()).is_some());
    }

    #[test]
    fn a_bare_message_is_recognised_by_its_grammar() {
        let recognised = |raw: &str| recognise(&Line::parse(raw.as_bytes()));
        assert_eq!(recognised(MESSAGE), Some(Service::Sshd));
        assert_eq!(recognised("Bad password attempt for 'bob' from 203.0.113.7:5"), Some(Service::Dropbear));
        assert_eq!(recognised("sshd[1]: Server listening on 0.0.0.0 port 22."), Some(Service::Sshd));
        assert_eq!(recognised("Server listening on 0.0.0.0 port 22."), None);
    }

    #[test]
    fn a_repeated_message_counts_each_time() {
        let raw = format!("Nov 23 02:00:01 gate sshd[1]: message repeated 3 times: [ {MESSAGE}]");
        assert_eq!(parse_line(None, raw.as_bytes()).unwrap().1.count, 3);
    }
}
