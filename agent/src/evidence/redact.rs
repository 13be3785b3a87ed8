//! A log line as it may leave the house: what is not the attacker's taken out, and still proof of the same event.

use jiff::Timestamp;
use sentinel_parsers::{Event, Line, Private, Service, parse_line, private_ranges};

/// A line as it was read, of this service: see [`line()`].
#[must_use]
pub fn redacted(service: Service, raw: &[u8], at: Timestamp) -> Option<Vec<u8>> {
    let (parsed, event) = parse_line(Some(service), raw)?;
    line(&parsed, &event, at)
}

/// The line under a banner of our own, since banners hold host names, addresses and unit names in many forms, and without
/// user names, host names and own addresses. Nothing when the result would no longer prove the event.
#[must_use]
pub fn line(line: &Line<'_>, event: &Event<'_>, at: Timestamp) -> Option<Vec<u8>> {
    let pid = line.pid.map(|pid| format!("[{pid}]")).unwrap_or_default();
    let mut redacted = format!("{at:.0} host {}{pid}: ", event.service.as_str()).into_bytes();
    let message = line.message;
    let mut copied = 0;
    for name in private_ranges(message, line, event) {
        redacted.extend_from_slice(message.get(copied..name.range.start)?);
        redacted.extend_from_slice(substitute(name.what));
        copied = name.range.end;
    }
    redacted.extend_from_slice(message.get(copied..)?);
    // One event is one line, whatever a journal entry holds.
    if redacted.contains(&b'\n') {
        return None;
    }
    proves(&redacted, event).then_some(redacted)
}

fn proves(redacted: &[u8], event: &Event<'_>) -> bool {
    parse_line(Some(event.service), redacted).is_some_and(|(_, again)| {
        (again.address, again.kind, again.count) == (event.address, event.kind, event.count)
    })
}

fn substitute(what: Private<'_>) -> &'static [u8] {
    match what {
        Private::User(_) => b"user",
        Private::Host(_) => b"host",
        _ => b"hidden",
    }
}
