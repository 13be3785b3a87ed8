//! Grammars for the log lines that prove an attack.
//!
//! A line of a log goes through two steps, and both borrow from the line:
//!
//! ```text
//! &[u8] --Line::parse--> Line { timestamp, host, program, pid, message }
//!                          | parse: the table of daemons, the daemon's grammar, the rules about web requests
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
//! line whose banner names another program is never an event of a service, whatever its message says. A line that names
//! no program may be anybody's: a daemon whose lines have a form of their own has the only word about those, and two
//! grammars that read different addresses accuse nobody. Where a client can write a line's end, as in nginx's error
//! log, the whole line may be its own, and the address is only claimed.
//!
//! # Bounds
//!
//! Any bytes of any length are fine: nothing panics, nothing is allocated but once for the rules about web requests,
//! no clock is read, and the time is linear in the length of the line and does not grow with the number of daemons.
//!
//! # How to add a daemon
//!
//! 1. `src/daemons/NAME.rs`: a `pub(crate) static DAEMON` with its name, programs and units, how its messages are known
//!    without a program's name, and a grammar `fn(&[u8]) -> Option<Finding>`; its tests beside it (`testing::tells`).
//! 2. In `src/daemons/mod.rs` its `mod` line and its row in the table, in the order of the names.
//! 3. `fuzz/corpus/NAME/`: a few small messages, replayed by the tests and grown by `cargo fuzz`.
//!
//! A message begins behind the banner: syslog's, and the daemon's own time. Whole-line formats (access logs, JSON) are
//! messages themselves. A grammar reads one message whole, takes its address from where the daemon wrote it, hides what
//! is private ([`Private`]), and calls what happened by the words that all share ([`Kind`]). For the rest there are
//! helpers: `split` cuts a message around a mark, `tail` reads from the right, `address` reads addresses, `json` and
//! `fields` the members of structured messages, `packet` packets that a firewall dropped, `mail` the clients of mail
//! servers, `pam` what modules log, `web` requests to web servers.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod address;
mod banner;
mod daemon;
mod daemons;
mod event;
mod fields;
mod grammars;
mod index;
mod json;
mod kind;
mod line;
mod mail;
mod packet;
mod pam;
mod redact;
mod repeat;
mod service;
mod split;
mod tail;
#[cfg(test)]
mod testing;
mod text;
mod timestamp;
mod web;

pub use event::{Event, Private, Provenance};
pub use grammars::Grammars;
pub use kind::{Kind, UnknownKind};
pub use line::Line;
pub use redact::{PrivateRange, private_ranges};
pub use repeat::MAX_COUNT;
pub use service::{Service, UnknownService};
pub use timestamp::Timestamp;
pub use web::{RuleError, RuleErrorKind, WebRules};

/// [`Grammars::recognise`] with the rules shipped.
#[must_use]
pub fn recognise(line: &Line<'_>) -> Option<Service> {
    Grammars::shipped().recognise(line)
}

/// [`Grammars::parse`] with the rules shipped.
#[must_use]
pub fn parse<'a>(service: Option<Service>, line: &Line<'a>) -> Option<Event<'a>> {
    Grammars::shipped().parse(service, line)
}

/// [`Grammars::parse_line`] with the rules shipped.
#[must_use]
pub fn parse_line(service: Option<Service>, raw: &[u8]) -> Option<(Line<'_>, Event<'_>)> {
    Grammars::shipped().parse_line(service, raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str) -> Option<Service> {
        name.parse().ok()
    }

    const MESSAGE: &str = "Failed password for bob from 203.0.113.7 port 5 ssh2";

    #[test]
    fn another_program_that_logs_the_words_of_sshd_accuses_nobody() {
        for program in ["su", "sudo", "httpd", "ssh", "sshd-keygen", "kernel"] {
            let raw = format!("Nov 23 02:00:01 gate {program}[1]: {MESSAGE}");
            for wanted in [None, service("sshd")] {
                assert_eq!(parse_line(wanted, raw.as_bytes()), None, "{program}");
            }
        }
    }

    #[test]
    fn a_line_of_one_service_is_no_event_of_another() {
        let raw = format!("sshd[1]: {MESSAGE}");
        assert_eq!(parse_line(service("dropbear"), raw.as_bytes()), None);
        assert_eq!(parse_line(service("dropbear"), MESSAGE.as_bytes()), None);
        assert!(parse_line(service("sshd"), raw.as_bytes()).is_some());
    }

    #[test]
    fn a_bare_message_is_recognised_by_its_grammar() {
        let recognised = |raw: &str| recognise(&Line::parse(raw.as_bytes()));
        assert_eq!(recognised(MESSAGE), service("sshd"));
        assert_eq!(recognised("Bad password attempt for 'bob' from 203.0.113.7:5"), service("dropbear"));
        assert_eq!(recognised("sshd[1]: Server listening on 0.0.0.0 port 22."), service("sshd"));
        assert_eq!(recognised("Server listening on 0.0.0.0 port 22."), None);
    }

    #[test]
    fn a_repeated_message_counts_each_time() {
        let raw = format!("Nov 23 02:00:01 gate sshd[1]: message repeated 3 times: [ {MESSAGE}]");
        assert_eq!(parse_line(None, raw.as_bytes()).unwrap().1.count, 3);
    }
}
