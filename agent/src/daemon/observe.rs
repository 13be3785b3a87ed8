//! Batches of log lines -> decisions: what the sources read is parsed and counted.

use jiff::Timestamp;
use sentinel_parsers::Grammars;
use tokio::sync::mpsc;

use super::{core::Core, engine::Outcome, reader::Reader};
use crate::{detect::Detection, record::Record, sources::Batch};

/// Seconds between two recordings of a source's position when nothing else is recorded.
const POSITION_EVERY: i64 = 1;

/// Digests batches until no source is left, and hands on what is to be reported.
pub(super) async fn run(
    core: &Core,
    grammars: &Grammars,
    mut batches: mpsc::Receiver<Batch>,
    reports: mpsc::Sender<Detection>,
) {
    let mut recorded = std::collections::HashMap::new();
    while let Some(batch) = batches.recv().await {
        let reader = Reader::new(grammars, Timestamp::now());
        let hits: Vec<_> = batch.lines().filter_map(|raw| Some((reader.hit(&raw)?, raw))).collect();
        let now = reader.now.as_second();
        let due = recorded.get(&batch.source).is_none_or(|last| now - last >= POSITION_EVERY);
        if hits.is_empty() && !due {
            continue;
        }
        recorded.insert(batch.source.clone(), now);
        let position = position_of(&batch);
        let decision = core.decide(|engine, now| {
            let mut outcome = Outcome::default();
            for (hit, raw) in &hits {
                engine.observe(hit, || Some(Reader::whole(raw)), now, &mut outcome);
            }
            outcome.records.extend(position);
            outcome
        });
        let done = decision.await;
        report(done.detections, &reports);
    }
}

fn report(detections: Vec<Detection>, reports: &mpsc::Sender<Detection>) {
    let left_out = detections.into_iter().filter_map(|detection| reports.try_send(detection).err()).count();
    if left_out > 0 {
        tracing::warn!("{left_out} attackers stay unreported until they attack again: too many reports wait");
    }
}

fn position_of(batch: &Batch) -> Option<Record> {
    let position = serde_json::to_string(&batch.position).ok()?;
    Some(Record::Position { source: batch.source.to_string(), position })
}
