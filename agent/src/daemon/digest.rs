//! Batches of log lines -> decisions: what the sources read is parsed and counted.

use std::{collections::HashMap, pin::pin, sync::Arc, time::Instant};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use sentinel_parsers::Grammars;
use tokio::sync::mpsc;

use super::{
    commit::{Done, HandedOver},
    core::Core,
    engine::{Engine, Outcome},
    pulse::{Beat, Pulse},
    reader::Reader,
    ticks,
};
use crate::{
    detect::{Detection, Hit},
    record::Record,
    sources::{Batch, Intake, RawLine},
};

/// Seconds between two recordings of a source's position when nothing else is recorded.
const POSITION_EVERY: i64 = 1;

/// Batches that may be on their way to the kernel and the disk: a disk that hangs does not keep the next ones from
/// being digested.
const ON_THE_WAY: usize = 1024;

/// Digests batches until no source is left or it is `stopped`, and then what was read before; hands on what is to be
/// reported. Ends when the kernel and the disk have answered, so that each block is told.
pub(super) async fn run(
    core: &Core,
    grammars: &Grammars,
    intake: &Intake,
    mut batches: mpsc::Receiver<Batch>,
    reports: mpsc::Sender<Detection>,
    pulse: &Pulse,
    stopped: impl Future<Output = ()>,
) {
    let mut digester = Digester { core, grammars, intake, recorded: HashMap::new() };
    let mut ticks = ticks();
    let mut on_the_way = FuturesUnordered::new();
    let mut stopped = pin!(stopped.fuse());
    loop {
        let batch = tokio::select! {
            // However many batches come, their turn comes too.
            biased;
            _ = ticks.tick() => {
                pulse.beat(Beat::Digest);
                continue;
            }
            Some(done) = on_the_way.next() => {
                note(done);
                continue;
            }
            () = &mut stopped => {
                batches.close();
                continue;
            }
            batch = batches.recv(), if on_the_way.len() < ON_THE_WAY => batch,
        };
        let Some(batch) = batch else { break };
        if let Some(mut handed_over) = digester.digest(&batch).await {
            // An attack is worth a report also while the kernel or the disk is in trouble, as each says by itself.
            report(std::mem::take(&mut handed_over.decided.detections), &reports);
            on_the_way.push(core.done(handed_over));
        }
    }
    on_the_way.for_each(async |done| note(done)).await;
}

/// What a batch is digested with.
struct Digester<'d> {
    core: &'d Core,
    grammars: &'d Grammars,
    intake: &'d Intake,
    /// When each source's position was last recorded, in Unix seconds.
    recorded: HashMap<Arc<str>, i64>,
}

impl Digester<'_> {
    /// Parses and counts a batch; hands over what follows, and now and then its source's position.
    async fn digest(&mut self, batch: &Batch) -> Option<HandedOver> {
        let since = Instant::now();
        let reader = Reader::new(self.grammars, Timestamp::now());
        let hits = hits(batch, &reader);
        note_batch(self.core, self.intake, (batch, &hits), &reader);
        let now = reader.now.as_second();
        let due = self.recorded.get(&batch.source).is_none_or(|last| now - last >= POSITION_EVERY);
        if hits.is_empty() && !due {
            return None;
        }
        self.recorded.insert(Arc::clone(&batch.source), now);
        let position = position_of(batch);
        Some(self.core.hand_over(since, |engine, now| observed(engine, &hits, position, now)).await)
    }
}

/// The hostile events of a batch, each with its line. What a forged packet can have brought is claimed, whatever it
/// says.
fn hits<'b>(batch: &'b Batch, reader: &Reader<'_>) -> Vec<(Hit, RawLine<'b>)> {
    let believed = |hit: Hit| Hit { provenance: hit.provenance.max(batch.provenance), ..hit };
    batch.lines().filter_map(|raw| Some((believed(reader.hit(&raw)?), raw))).collect()
}

/// Counts the events of a batch, by source and by service, and how late its last line was taken up.
fn note_batch(
    core: &Core,
    intake: &Intake,
    (batch, hits): (&Batch, &[(Hit, RawLine<'_>)]),
    reader: &Reader<'_>,
) {
    let logged = batch.last_line().and_then(|line| reader.logged(&line));
    intake.note_batch(&batch.source, hits.len() as u64, logged, reader.now);
    // Nearly all of a batch are of one service.
    for run in hits.chunk_by(|(one, _), (next, _)| one.service == next.service) {
        if let Some((hit, _)) = run.first() {
            core.metrics().events(hit.service.as_str(), run.len() as u64);
        }
    }
}

/// What follows from these events, which the source's new position goes with.
fn observed(
    engine: &mut Engine,
    hits: &[(Hit, RawLine<'_>)],
    position: Option<Record>,
    now: Timestamp,
) -> Outcome {
    let mut outcome = Outcome::default();
    for (hit, raw) in hits {
        engine.observe(hit, || Some(Reader::whole(raw)), now, &mut outcome);
    }
    outcome.records.extend(position);
    outcome
}

/// What the kernel or the disk did not take is told loudly where it happens.
fn note(done: Done) {
    let (_, committed) = done.parts();
    if let Err(error) = committed {
        tracing::debug!("digesting log lines: {error}");
    }
}

fn report(detections: Vec<Detection>, reports: &mpsc::Sender<Detection>) {
    let left_out = detections.into_iter().filter_map(|detection| reports.try_send(detection).err()).count();
    if left_out > 0 {
        tracing::warn!("{left_out} attackers stay unreported until they attack again: too many reports wait");
    }
}

fn position_of(batch: &Batch) -> Option<Record> {
    let position = serde_json::to_string(batch.position.as_ref()?).ok()?;
    Some(Record::Position { source: batch.source.to_string(), position })
}
