//! What was handed over and is not on disk yet, in the order of the decisions.

use std::collections::{HashSet, VecDeque};

use tokio::sync::oneshot;

use super::DatabaseError;
use crate::record::Record;

/// Records that are kept for a disk that takes none; what comes beyond is lost at a restart.
const MAX_KEPT: usize = 100_000;

/// Where somebody waits to hear whether records are on disk.
pub(super) type Answer = oneshot::Sender<Result<(), DatabaseError>>;

/// Records that are durable together or not at all; of one source they hold one position at the most.
pub(super) struct Batch {
    pub(super) records: Vec<Record>,
    /// Gone once it was given: whoever heard that the disk took nothing waits no longer.
    answer: Option<Answer>,
}

impl Batch {
    /// Says what became of it; gives back whether somebody was there to be told.
    pub(super) fn answer(&mut self, result: Result<(), DatabaseError>) -> bool {
        self.answer.take().is_some_and(|answer| answer.send(result).is_ok())
    }
}

/// Batches that wait. What goes to disk goes from the front, so that the file is never ahead of a decision that it
/// lacks.
#[derive(Default)]
pub(super) struct Backlog {
    batches: VecDeque<Batch>,
    records: usize,
}

impl Backlog {
    /// Puts records behind all others.
    pub(super) fn push(&mut self, records: Vec<Record>, answer: Answer) {
        self.records += records.len();
        self.batches.push_back(Batch { records, answer: Some(answer) });
    }

    /// Takes the first batch, and those behind it with which it has at most so many records.
    pub(super) fn take(&mut self, together: usize) -> Vec<Batch> {
        let mut taken = Vec::new();
        let mut records = 0;
        while let Some(batch) = self.batches.front() {
            records += batch.records.len().max(1);
            if records > together && !taken.is_empty() {
                break;
            }
            taken.extend(self.batches.pop_front());
        }
        self.records -= taken.iter().map(|batch| batch.records.len()).sum::<usize>();
        taken
    }

    /// Undoes [`Backlog::take`].
    pub(super) fn put_back(&mut self, taken: Vec<Batch>) {
        for batch in taken.into_iter().rev() {
            self.records += batch.records.len();
            self.batches.push_front(batch);
        }
    }

    /// The disk takes nothing: whoever waits hears why, and the records stay for later as far as there is room. The
    /// latest that are too many are dropped, so that what is kept was the truth at one time; gives back how many.
    pub(super) fn postpone(&mut self, why: &DatabaseError) -> usize {
        for batch in self.batches.iter_mut().rev().take_while(|batch| batch.answer.is_some()) {
            batch.answer(Err(why.clone()));
        }
        let mut dropped = 0;
        self.drop_what_is_void();
        while self.records > MAX_KEPT {
            let last = self.batches.pop_back().map_or(0, |batch| batch.records.len());
            self.records -= last;
            dropped += last;
        }
        dropped
    }

    /// A source's position makes its earlier ones void, and what a peer took so far what it had taken before.
    fn drop_what_is_void(&mut self) {
        let (mut positions, mut usages) = (HashSet::new(), HashSet::new());
        for batch in self.batches.iter_mut().rev() {
            batch.records.retain(|record| match record {
                Record::Position { source, .. } => positions.insert(source.clone()),
                Record::Usage(usage) => usages.insert(usage.peer),
                _ => true,
            });
        }
        self.batches.retain(|batch| !batch.records.is_empty());
        self.records = self.batches.iter().map(|batch| batch.records.len()).sum();
    }

    /// Whether somebody waits to hear of the last batch.
    pub(super) fn is_awaited(&self) -> bool {
        self.batches.back().is_some_and(|batch| batch.answer.is_some())
    }

    /// How many records wait.
    pub(super) fn len(&self) -> usize {
        self.records
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::record::PeerUsage;

    fn closed() -> DatabaseError {
        DatabaseError::Closed { path: "state.db".into() }
    }

    fn gone(network: u8) -> Record {
        Record::BlockGone(std::net::IpAddr::from([203, 0, 113, network]).into())
    }

    fn position(source: &str, offset: u8) -> Record {
        Record::Position { source: source.into(), position: offset.to_string() }
    }

    fn push(backlog: &mut Backlog, records: Vec<Record>) -> oneshot::Receiver<Result<(), DatabaseError>> {
        let (answer, result) = oneshot::channel();
        backlog.push(records, answer);
        result
    }

    fn waiting(mut backlog: Backlog) -> Vec<Vec<Record>> {
        backlog.take(usize::MAX).into_iter().map(|batch| batch.records).collect()
    }

    #[test]
    fn who_waits_hears_at_once_that_the_disk_takes_nothing_and_the_records_stay_in_order() {
        let mut backlog = Backlog::default();
        let first = push(&mut backlog, vec![gone(1)]);
        assert_eq!(backlog.postpone(&closed()), 0);
        assert!(first.blocking_recv().unwrap().is_err() && !backlog.is_awaited());
        let second = push(&mut backlog, vec![gone(2), gone(3)]);
        assert!(backlog.is_awaited());
        let taken = backlog.take(2);
        assert_eq!((taken.len(), backlog.len()), (1, 2), "more would be too many for one transaction");
        backlog.put_back(taken);
        assert_eq!(backlog.postpone(&closed()), 0);
        assert!(second.blocking_recv().unwrap().is_err());
        assert_eq!(waiting(backlog), [vec![gone(1)], vec![gone(2), gone(3)]]);
    }

    #[test]
    fn of_each_source_only_the_last_position_waits() {
        let mut backlog = Backlog::default();
        for records in [
            vec![gone(1), position("auth.log", 1)],
            vec![position("mail.log", 1)],
            vec![gone(2), position("mail.log", 2)],
            vec![position("auth.log", 2)],
        ] {
            drop(push(&mut backlog, records));
        }
        backlog.postpone(&closed());
        assert_eq!(backlog.len(), 4);
        let left = [vec![gone(1)], vec![gone(2), position("mail.log", 2)], vec![position("auth.log", 2)]];
        assert_eq!(waiting(backlog), left);
    }

    #[test]
    fn of_each_peer_only_what_it_took_last_waits() {
        let usage = |peer: u8, bytes: u64| {
            let peer = crate::domain::PeerKey([peer; 32]);
            Record::Usage(PeerUsage { peer, day: 1, bytes, recent: vec![], signed_until: 0 })
        };
        let mut backlog = Backlog::default();
        for records in [vec![usage(1, 1), usage(2, 1)], vec![usage(1, 2)], vec![usage(1, 3)]] {
            drop(push(&mut backlog, records));
        }
        backlog.postpone(&closed());
        assert_eq!(waiting(backlog), [vec![usage(2, 1)], vec![usage(1, 3)]]);
    }

    #[test]
    fn what_comes_when_there_is_no_more_room_is_dropped_and_counted() {
        let mut backlog = Backlog::default();
        drop(push(&mut backlog, vec![gone(1); MAX_KEPT - 1]));
        assert_eq!(backlog.postpone(&closed()), 0);
        drop(push(&mut backlog, vec![gone(2); 2]));
        drop(push(&mut backlog, vec![gone(3)]));
        assert_eq!(backlog.postpone(&closed()), 3, "a batch is kept whole or not at all");
        assert_eq!(waiting(backlog), [vec![gone(1); MAX_KEPT - 1]]);
    }
}
