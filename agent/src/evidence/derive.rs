//! Re-derives the attackers from a log: the same bytes give the same attackers, whoever holds them.

use std::{collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;
use sentinel_parsers::{Event, Line, Provenance};
use serde::Serialize;

use super::header::{self, Header, HeaderError};
use crate::detect::{Points, weight};

/// An address that a log accuses, and how strongly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attacker {
    /// The accused.
    pub address: IpAddr,
    /// The daemon that was attacked.
    pub service: &'static str,
    /// Hostile events.
    pub events: u32,
    /// Their weight, in tenths of a failed log-in.
    pub points: u32,
    /// The first of them, where the lines say when.
    pub first: Option<Timestamp>,
    /// The last of them.
    pub last: Option<Timestamp>,
}

/// Everybody whom the lines accuse, in the order of the addresses. An address that a line only claims accuses nobody.
///
/// # Errors
/// When the header cannot be read.
pub fn attackers(log: &[u8]) -> Result<Vec<Attacker>, HeaderError> {
    let (header, body) = header::split(log)?;
    let mut found: BTreeMap<_, (Attacker, Points)> = BTreeMap::new();
    for raw in body.split(|byte| *byte == b'\n') {
        let Some((line, event)) = sentinel_parsers::parse_line(header.service, raw) else { continue };
        if event.provenance == Provenance::Proven && weight(event.kind) > 0 {
            let (attacker, points) = found
                .entry((event.address, event.service.as_str()))
                .or_insert_with(|| (nothing_of(&event), Points::default()));
            *points = points.and(Points::of(event.kind, weight(event.kind).saturating_mul(event.count)));
            count(attacker, &event, time_of(&line, &header));
        }
    }
    Ok(found
        .into_values()
        .map(|(attacker, points)| Attacker { points: points.total(), ..attacker })
        .collect())
}

/// Whether a later version of the grammars wrote the log.
pub(super) fn is_newer(log: &[u8]) -> bool {
    header::split(log).is_ok_and(|(header, _)| header.is_newer)
}

fn nothing_of(event: &Event<'_>) -> Attacker {
    let (address, service) = (event.address, event.service.as_str());
    Attacker { address, service, events: 0, points: 0, first: None, last: None }
}

fn count(attacker: &mut Attacker, event: &Event<'_>, at: Option<Timestamp>) {
    attacker.events = attacker.events.saturating_add(event.count);
    attacker.first = attacker.first.into_iter().chain(at).min();
    attacker.last = attacker.last.into_iter().chain(at).max();
}

fn time_of(line: &Line<'_>, header: &Header) -> Option<Timestamp> {
    let (_, end) = header.window?;
    let second = line.timestamp?.resolve(end.as_second(), header.offset)?;
    Timestamp::from_second(second).ok()
}
