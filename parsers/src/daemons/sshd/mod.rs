//! OpenSSH's server, portable 4 to 10, in the wordings of its own source and of the PAM modules it runs.
//!
//! The messages are sorted by what they are about: a login, the end of a session that had none, a peer that never
//! got that far, and PAM. Messages without an address are no events, nor are those of an ordinary session.

mod limits;
mod login;
mod pam;
mod peer;
mod probe;
mod session;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::{all_consuming, opt};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use crate::Kind;
use crate::address::Endpoint;
use crate::daemon::{Bare, Daemon};
use crate::event::Finding;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "sshd",
    programs: &["sshd-session", "sshd-auth"],
    units: &["ssh", "sshd"],
    any_program: false,
    bare: Bare::Opens(OPENINGS),
    grammar: crate::daemon::Grammar::Message(event),
};

/// How the messages below begin.
const OPENINGS: &[&str] = &[
    "(pam_unix) ",
    "Authentication tried for ",
    "Bad protocol ",
    "Connection ",
    "Could not write ident",
    "Did not receive identification",
    "Disconnect",
    "Failed ",
    "Illegal user ",
    "Invalid user ",
    "PAM",
    "Protocol major versions",
    "ROOT LOGIN REFUSED",
    "Read error from remote host",
    "Received disconnect from ",
    "Timeout before authentication",
    "Too many authentication failures",
    "Unable to negotiate with ",
    "User ",
    "authentication failure; ",
    "banner exchange: ",
    "drop connection #",
    "error: ",
    "fatal: ",
    "info: ",
    "maximum authentication attempts",
    "pam_",
    "probed from ",
    "refused connect from ",
    "scanned from ",
    "srclimit_penalise: ",
    "ssh_dispatch_run_fatal: ",
];

/// What a grammar gives: the event, with nothing left of the message.
type Grammar<'a> = IResult<&'a [u8], Finding<'a>>;

/// The event that a message of sshd tells.
pub(crate) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (text, before_login) = stage(message.trim_ascii_end());
    let grammar = |input| match before_login {
        true => alt((any_time, session::before_login)).parse(input),
        false => any_time(input),
    };
    all_consuming(preceded(opt(level), grammar)).parse(text).ok().map(|(_, event)| event)
}

fn any_time(input: &[u8]) -> Grammar<'_> {
    alt((login::event, session::event, pam::event, probe::event, limits::event)).parse(input)
}

fn level(input: &[u8]) -> IResult<&[u8], &[u8]> {
    alt((tag("error: "), tag("fatal: "), tag("info: "))).parse(input)
}

/// The message, and whether sshd says that it came from before the login. The monitor process appends that last,
/// behind whatever the peer had a say in.
fn stage(text: &[u8]) -> (&[u8], bool) {
    match text.strip_suffix(b" [preauth]") {
        Some(text) => (text, true),
        None => (text.strip_suffix(b" [postauth]").unwrap_or(text), false),
    }
}

fn found<'a>(kind: Kind, peer: Endpoint) -> Finding<'a> {
    Finding::at(kind, peer)
}

#[cfg(test)]
mod tests;
