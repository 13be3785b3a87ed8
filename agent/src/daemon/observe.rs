//! Log lines -> hits: what the sources read is parsed, redacted and counted.

use jiff::{Timestamp, tz::TimeZone};
use sentinel_parsers::Line;
use tokio::sync::mpsc;

use super::{core::Core, engine::Outcome};
use crate::{
    detect::{Detection, Hit},
    evidence,
    record::Record,
    sources::{Batch, Intake, RawLine},
};

/// Seconds between two recordings of a source's position when nothing else is recorded.
const POSITION_EVERY: i64 = 1;

/// Digests batches until no source is left, and hands on what is to be reported.
pub(super) async fn run(
    core: &Core,
    intake: &Intake,
    mut batches: mpsc::Receiver<Batch>,
    reports: mpsc::Sender<Detection>,
) {
    let mut recorded = std::collections::HashMap::new();
    while let Some(batch) = batches.recv().await {
        let hits = hits_of(&batch, Timestamp::now());
        if !hits.is_empty() {
            intake.note_events(&batch.source, hits.len() as u64, Timestamp::now());
        }
        let now = Timestamp::now().as_second();
        let due = recorded.get(&batch.source).is_none_or(|last| now - last >= POSITION_EVERY);
        if hits.is_empty() && !due {
            continue;
        }
        recorded.insert(batch.source.clone(), now);
        let position = position_of(&batch);
        let decision = core.decide(|engine, now| {
            let mut outcome = Outcome::default();
            for hit in hits {
                engine.observe(hit, now, &mut outcome);
            }
            outcome.records.extend(position);
            outcome
        });
        let done = decision.await;
        report(done.detections, &reports);
    }
}

fn report(detections: Vec<Detection>, reports: &mpsc::Sender<Detection>) {
    for detection in detections {
        if let Err(error) = reports.try_send(detection) {
            tracing::warn!("an attacker stays unreported, since too many reports wait: {error}");
        }
    }
}

fn position_of(batch: &Batch) -> Option<Record> {
    let position = serde_json::to_string(batch.position.as_ref()?).ok()?;
    Some(Record::Position { source: batch.source.to_string(), position })
}

/// Every hostile event of the batch.
fn hits_of(batch: &Batch, now: Timestamp) -> Vec<Hit> {
    let offset = TimeZone::system().to_offset(now).seconds();
    // What a forged packet can have brought is claimed, whatever it says.
    let believed = |hit: Hit| Hit { provenance: hit.provenance.max(batch.provenance), ..hit };
    batch.lines().filter_map(|raw| hit(&raw, now, offset)).map(believed).collect()
}

/// The event that a line proves, if any; `offset` dates lines that carry none, in seconds east of UTC.
fn hit(raw: &RawLine<'_>, now: Timestamp, offset: i32) -> Option<Hit> {
    let (line, event) = match raw.program {
        None => sentinel_parsers::parse_line(None, raw.bytes)?,
        Some(program) => {
            let line = Line { program: Some(program.as_bytes()), ..Line::bare(raw.bytes) };
            (line, sentinel_parsers::parse(None, &line)?)
        }
    };
    let at = raw.at.or_else(|| line.timestamp?.resolve(now.as_second(), offset));
    // A clock that runs ahead must not keep a window open, nor a block longer than it should be.
    let at = at.and_then(|second| Timestamp::from_second(second).ok()).map_or(now, |at| at.min(now));
    Some(Hit {
        address: event.address,
        service: event.service,
        kind: event.kind,
        provenance: event.provenance,
        port: event.port,
        count: event.count,
        at,
        line: evidence::line(&line, &event, at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T02:00:10Z".parse().unwrap()
    }

    const MESSAGE: &[u8] = b"Failed password for alice from 203.0.113.7 port 4711 ssh2";

    #[test]
    fn a_journal_entry_becomes_a_line_with_a_banner_and_without_the_user() {
        let raw = RawLine { at: Some(now().as_second() - 5), program: Some("sshd"), bytes: MESSAGE };
        let hit = hit(&raw, now(), 0).unwrap();
        assert_eq!(
            String::from_utf8(hit.line.clone().unwrap()).unwrap(),
            "2026-11-23T02:00:05Z host sshd: Failed password for user from 203.0.113.7 port 4711 ssh2"
        );
        assert_eq!(hit.at, "2026-11-23T02:00:05Z".parse().unwrap());
        let (_, event) = sentinel_parsers::parse_line(None, hit.line.as_deref().unwrap()).unwrap();
        assert_eq!(event.address, hit.address);
    }

    #[test]
    fn a_journal_entry_of_another_program_proves_nothing() {
        let raw = RawLine { at: None, program: Some("sudo"), bytes: MESSAGE };
        assert!(hit(&raw, now(), 0).is_none());
    }

    #[test]
    fn a_line_without_a_time_counts_as_of_now_and_one_from_the_future_too() {
        let bare = RawLine { at: None, program: None, bytes: MESSAGE };
        assert_eq!(hit(&bare, now(), 0).unwrap().at, now());
        let ahead = [b"2026-11-23T09:00:00Z gate sshd[1]: ".as_slice(), MESSAGE].concat();
        assert_eq!(hit(&RawLine { at: None, program: None, bytes: &ahead }, now(), 0).unwrap().at, now());
    }

    #[test]
    fn local_time_is_read_in_the_local_time_zone() {
        let local = [b"Nov 23 03:00:00 gate sshd[1]: ".as_slice(), MESSAGE].concat();
        let hit = hit(&RawLine { at: None, program: None, bytes: &local }, now(), 3600).unwrap();
        assert_eq!(hit.at, "2026-11-23T02:00:00Z".parse().unwrap());
    }
}
