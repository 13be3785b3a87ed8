//! What the table knows of each daemon.

use crate::event::Finding;
use crate::web::WebRules;

/// A daemon whose lines are understood: one static of this type a file in `daemons/`.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// Its name in configurations and malicious logs. It is also a program it may log under.
    pub(crate) name: &'static str,
    /// Further programs that it logs under.
    pub(crate) programs: &'static [&'static str],
    /// The systemd units it runs in, without `.service`.
    pub(crate) units: &'static [&'static str],
    /// Whether its messages are known by themselves, whatever program's name stands before them.
    pub(crate) any_program: bool,
    /// How its messages are known in a line that names no program.
    pub(crate) bare: Bare,
    /// What reads its messages.
    pub(crate) grammar: Grammar,
}

/// How a message without a banner, or behind nothing but a time, is known to be worth trying.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bare {
    /// It begins in one of these ways. For JSON whose members come in a fixed order this is cheaper than a key.
    Opens(&'static [&'static str]),
    /// The same, and what follows has a form that nobody else's lines have: where it has, no other daemon wrote the
    /// line, and what an attacker made it say is nothing.
    Framed(&'static [&'static str], fn(&[u8]) -> bool),
    /// It may begin with anything, but it has this byte: for formats that begin with an address or a name.
    Holds(u8),
    /// It is a line of an access log.
    Access,
    /// It is a JSON object with this key, written in quotes and with its colon.
    Json(&'static str),
}

/// A grammar reads one message, from its first byte to its last, or finds nothing in it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grammar {
    /// A daemon's own messages.
    Message(fn(&[u8]) -> Option<Finding<'_>>),
    /// Messages that tell of requests to a web server, which rules judge.
    Web(for<'a> fn(&'a [u8], &WebRules) -> Option<Finding<'a>>),
}

impl Bare {
    /// Whether `message` may be one of these.
    pub(crate) fn fits(&self, message: &[u8]) -> bool {
        match self {
            // Most differ in the first bytes, where a loop is faster than a call.
            Self::Opens(openings) | Self::Framed(openings, _) => openings.iter().any(|opening| {
                message.len() >= opening.len() && message.iter().zip(opening.bytes()).all(|(a, b)| *a == b)
            }),
            Self::Holds(byte) => memchr::memchr(*byte, message).is_some(),
            Self::Access => true,
            // Quotes are everywhere, so this is worth a searcher.
            Self::Json(key) => memchr::memmem::find(message, key.as_bytes()).is_some(),
        }
    }

    /// Whether `message`, which fits, can be nobody else's.
    pub(crate) fn frames(&self, message: &[u8]) -> bool {
        matches!(self, Self::Framed(_, is_frame) if is_frame(message))
    }
}

impl Grammar {
    pub(crate) fn read<'a>(self, message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
        match self {
            Self::Message(read) => read(message),
            Self::Web(read) => read(message, rules),
        }
    }
}
