//! Takes out of a log line what is not the attacker's.

use sentinel_parsers::{Event, Line, Private, private_ranges};

/// The line without user names, host names and own addresses, such that it still proves the same event.
#[must_use]
pub fn redact(raw: &[u8], line: &Line<'_>, event: &Event<'_>) -> Vec<u8> {
    let mut redacted = Vec::with_capacity(raw.len());
    let mut copied = 0;
    for name in private_ranges(raw, line, event) {
        redacted.extend_from_slice(raw.get(copied..name.range.start).unwrap_or_default());
        redacted.extend_from_slice(substitute(name.what));
        copied = name.range.end;
    }
    redacted.extend_from_slice(raw.get(copied..).unwrap_or_default());
    redacted
}

fn substitute(what: Private<'_>) -> &'static [u8] {
    match what {
        Private::User(_) => b"user",
        Private::Host(_) => b"host",
        _ => b"local",
    }
}
