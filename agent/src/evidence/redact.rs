//! A log line as it may leave the house: what is not the attacker's taken out, and still proof of the same event.

use std::{
    net::{IpAddr, Ipv4Addr},
    ops::Range,
};

use jiff::Timestamp;
use memchr::memmem;
use sentinel_parsers::{Event, Line, Private, Service, parse_line, private_ranges};

use super::own::{HIDDEN, Own, Place, stands_alone};

/// Words that are tried one by one, where a line proves nothing without all of them.
const TRIED: usize = 32;

/// Takes out of log lines what is not the attacker's.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    own: Own,
}

impl Redactor {
    /// One that knows this house besides what the grammars know.
    #[must_use]
    pub fn new(own: Own) -> Self {
        Self { own }
    }

    /// A line as it was read, of this service: see [`line`](Self::line).
    #[must_use]
    pub fn redact(&self, service: Service, raw: &[u8], at: Timestamp) -> Option<Vec<u8>> {
        let (parsed, event) = parse_line(Some(service), raw)?;
        self.line(&parsed, &event, at)
    }

    /// Whether the text holds nothing of this house's own.
    pub(super) fn is_foreign(&self, text: &[u8]) -> bool {
        self.own.places(text, IpAddr::V4(Ipv4Addr::UNSPECIFIED)).is_empty()
    }

    /// The line under a banner of our own, since banners hold host names, addresses and unit names in many forms.
    ///
    /// Words stand in the place of
    /// - what the grammar knows to be private (user and host names, own addresses, queries), wherever else it stands
    ///   too, and of e-mail addresses and queries: as far as the line still proves the event;
    /// - what is this house's own, all of it: nothing is left of a line that proves the event only with that.
    #[must_use]
    pub fn line(&self, line: &Line<'_>, event: &Event<'_>, at: Timestamp) -> Option<Vec<u8>> {
        let pid = line.pid.map(|pid| format!("[{pid}]")).unwrap_or_default();
        let banner = format!("{at:.0} host {}{pid}: ", event.service.as_str()).into_bytes();
        // One event is one line, whatever a journal entry holds.
        if line.message.contains(&b'\n') || self.own.is_own(event.address) {
            return None;
        }
        let mut draft = Redaction { begins: banner.len(), text: banner, event: *event };
        draft.text.extend(without_names(line, event)?);
        if !draft.proves() {
            return None;
        }
        for what in [mentions, mail_addresses, queries] {
            draft.hide_where_possible(&what(draft.message(), line, event));
        }
        let own = self.own.places(draft.message(), event.address);
        if !own.is_empty() {
            own.iter().rev().for_each(|(range, word)| draft.replace(range.clone(), word));
            // What the words make together with what is left is not this house's either.
            let hides =
                self.own.places(draft.message(), event.address).iter().all(|place| draft.is_hidden(place));
            if !hides || !draft.proves() {
                return None;
            }
        }
        Some(draft.text)
    }
}

/// The message with words for the ranges that the grammar names.
fn without_names(line: &Line<'_>, event: &Event<'_>) -> Option<Vec<u8>> {
    let message = line.message;
    let mut redacted = Vec::with_capacity(message.len());
    let mut copied = 0;
    for name in private_ranges(message, line, event) {
        redacted.extend_from_slice(message.get(copied..name.range.start)?);
        redacted.extend_from_slice(substitute(name.what));
        copied = name.range.end;
    }
    redacted.extend_from_slice(message.get(copied..)?);
    Some(redacted)
}

fn substitute(what: Private<'_>) -> &'static [u8] {
    match what {
        Private::User(_) => b"user",
        Private::Host(_) => b"host",
        _ => HIDDEN,
    }
}

/// A line on its way out.
struct Redaction<'e> {
    text: Vec<u8>,
    /// Where the message begins.
    begins: usize,
    event: Event<'e>,
}

impl Redaction<'_> {
    fn message(&self) -> &[u8] {
        self.text.get(self.begins..).unwrap_or_default()
    }

    fn proves(&self) -> bool {
        // A word that the grammar takes for a name that was not there would be hidden in turn.
        let names = |event: &Event<'_>| (event.user.is_some(), event.others.iter().flatten().count());
        let facts =
            |event: &Event<'_>| (event.address, event.kind, event.provenance, event.count, names(event));
        parse_line(Some(self.event.service), &self.text)
            .is_some_and(|(_, again)| facts(&again) == facts(&self.event))
    }

    fn is_hidden(&self, (range, word): &Place) -> bool {
        self.message().get(range.clone()) == Some(*word)
    }

    fn replace(&mut self, range: Range<usize>, word: &[u8]) {
        let range = self.begins + range.start..self.begins + range.end;
        self.text.splice(range, word.iter().copied());
    }

    /// Replaces the places, from left to right and apart: all of them or, where the line needs some, those that it can
    /// do without. A word that the line needs is the daemon's own, or tells nothing but the proof.
    fn hide_where_possible(&mut self, places: &[Place]) {
        let before = self.text.clone();
        places.iter().rev().for_each(|(range, word)| self.replace(range.clone(), word));
        if self.text == before || self.proves() {
            return;
        }
        self.text = before;
        for (range, word) in places.iter().rev().take(TRIED) {
            let before = self.text.clone();
            self.replace(range.clone(), word);
            if !self.proves() {
                self.text = before;
            }
        }
    }
}

/// Where the message tells again what the grammar, or the banner, says is private.
fn mentions(message: &[u8], line: &Line<'_>, event: &Event<'_>) -> Vec<Place> {
    let users = event.user.map(Private::User);
    let named =
        line.host.map(Private::Host).into_iter().chain(users).chain(event.others.into_iter().flatten());
    let mut places = Vec::new();
    for what in named.filter(|what| what.bytes().iter().any(u8::is_ascii_alphanumeric)) {
        let found = memmem::find_iter(message, what.bytes()).map(|start| start..start + what.bytes().len());
        places.extend(
            found.filter(|range| stands_alone(message, range.clone())).map(|range| (range, substitute(what))),
        );
    }
    apart(places)
}

/// Where the message holds `alice@corp.example`.
fn mail_addresses(message: &[u8], _: &Line<'_>, _: &Event<'_>) -> Vec<Place> {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_+%".contains(byte) || !byte.is_ascii();
    let at_signs = message.iter().enumerate().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at);
    let places = at_signs.filter_map(|at| {
        let (before, after) = (message.get(..at)?, message.get(at + 1..)?);
        let start = before.iter().rposition(|byte| !of_name(byte)).map_or(0, |at| at + 1);
        let length = after.iter().position(|byte| !of_name(byte)).unwrap_or(after.len());
        (start < at && length > 0).then_some((start..at + 1 + length, HIDDEN))
    });
    apart(places.collect())
}

/// Where the message holds the query of a URL: behind its question mark.
fn queries(message: &[u8], _: &Line<'_>, _: &Event<'_>) -> Vec<Place> {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>[]{}|\\".contains(byte);
    let marks = message.iter().enumerate().filter(|(_, byte)| **byte == b'?').map(|(at, _)| at);
    let places = marks.filter_map(|at| {
        let is_url = at.checked_sub(1).and_then(|at| message.get(at)).is_some_and(|byte| !ends(byte));
        let after = message.get(at + 1..)?;
        let length = after.iter().position(ends).unwrap_or(after.len());
        (is_url && length > 0).then_some((at + 1..at + 1 + length, HIDDEN))
    });
    apart(places.collect())
}

/// From left to right; of places that overlap, the one that begins first.
fn apart(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    let mut end = 0;
    places.retain(|(range, _)| {
        let is_apart = range.start >= end;
        if is_apart {
            end = range.end;
        }
        is_apart
    });
    places
}

#[cfg(test)]
mod tests;
