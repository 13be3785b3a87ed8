//! The engine's one owner: takes a decision, then makes it true in the kernel and durable in the database.

mod table;

use std::{fmt, sync};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use super::{
    clock::{Clock, Reading},
    engine::{Engine, Outcome},
    memory::Memory,
};
use table::Table;
use crate::{
    blocks::Change,
    detect::Detection,
    guard::Refused,
    kernel::{self, Counted, Element, FirewallHandle, KernelError, Scope},
    record::Record,
    store::database::{Database, DatabaseError},
};

/// What became of a decision.
#[derive(Debug)]
#[must_use]
pub(super) struct Done {
    /// Networks that are blocked now because of it.
    pub(super) blocked: Vec<IpNetwork>,
    /// What was not let through.
    pub(super) refused: Vec<Refused>,
    /// What is to be reported.
    pub(super) detections: Vec<Detection>,
    /// Whether it is both enforced and durable.
    pub(super) committed: Result<(), CommitError>,
}

/// A decision that is not both enforced and durable. It stands all the same, and is tried again every second.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    /// The kernel did not take all of it.
    #[error("enforcing {what} in the kernel: {source}")]
    Kernel {
        /// What was decided.
        what: Subject,
        /// The kernel's reason.
        source: KernelError,
    },
    /// The kernel was not told who passes whatever is blocked.
    #[error("telling the kernel who always passes: {0}")]
    Passing(KernelError),
    /// The database did not take it.
    #[error("remembering {what}: {source}")]
    Database {
        /// What was decided.
        what: Subject,
        /// The database's reason.
        source: DatabaseError,
    },
}

/// What a decision is about, in few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    first: Option<IpNetwork>,
    others: usize,
}

impl Subject {
    fn of(changes: &[Change], records: &[Record]) -> Self {
        let changed = changes.iter().map(|change| match change {
            Change::Enforce { network, .. } | Change::Release { network, .. } => *network,
        });
        let first = changed.chain(records.iter().filter_map(Record::network)).next();
        Self { first, others: changes.len().max(records.len()).saturating_sub(1) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.others) {
            (None, _) => f.write_str("what was read so far"),
            (Some(network), 0) => write!(f, "{network}"),
            (Some(network), others) => write!(f, "{network} and {others} more"),
        }
    }
}

/// The engine with its clock, its kernel and its memory.
#[derive(Debug)]
pub(super) struct Core {
    engine: Mutex<Engine>,
    clock: Clock,
    /// None when the agent only observes.
    firewall: Option<FirewallHandle>,
    table: sync::Mutex<Table>,
    memory: Memory,
}

impl Core {
    /// Puts the parts together; the kernel is not written yet. Without a firewall the agent only observes.
    #[must_use]
    pub(super) fn new(
        engine: Engine,
        clock: Clock,
        firewall: Option<FirewallHandle>,
        database: Database,
    ) -> Self {
        let memory = Memory::new(database);
        Self { engine: Mutex::new(engine), clock, firewall, table: sync::Mutex::default(), memory }
    }

    /// The engine, to look at.
    pub(super) async fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().await
    }

    /// The time by which it decides.
    #[must_use]
    pub(super) fn now(&self) -> Timestamp {
        self.clock.at(Reading::take())
    }

    /// The database.
    #[must_use]
    pub(super) fn database(&self) -> &Database {
        self.memory.database()
    }

    /// Whether the agent only observes: it decides and shows what it would block, and blocks nothing.
    #[must_use]
    pub(super) fn observes(&self) -> bool {
        self.firewall.is_none()
    }

    /// Decides, enforces, remembers. The kernel is told first; this returns when it and the disk have both answered.
    ///
    /// However much is decided at once, it goes to the kernel and to the disk in one piece each, and in the order of the
    /// decisions: it is handed over before the engine is free again.
    pub(super) async fn decide(&self, decision: impl FnOnce(&mut Engine, Timestamp) -> Outcome) -> Done {
        let mut engine = self.engine.lock().await;
        let reading = Reading::take();
        let clock_set = self.clock.correct(reading).map(|by| {
            tracing::warn!("the clock was set by {by:#}; all blocks last as long as they were to last");
            engine.clock_set(by)
        });
        let now = self.clock.at(reading);
        let Outcome { changes, records, detections, blocked, refused } = decision(&mut engine, now);
        let what = Subject::of(&changes, &records);
        let rebuilds = self.table().rebuilds();
        let submitted = match &self.firewall {
            Some(firewall) if !changes.is_empty() => Some(firewall.submit(for_kernel(&changes, now)).await),
            _ => None,
        };
        let handed = self.memory.hand_over(clock_set.into_iter().chain(records).collect()).await;
        drop(engine);
        show_detected(&detections);
        let enforced = match submitted {
            Some(submitted) => self.settle(submitted, rebuilds).await,
            None => Ok(()),
        };
        let enforced = enforced.map_err(|source| CommitError::Kernel { what, source });
        match &enforced {
            Ok(()) => self.show_blocked(&blocked),
            Err(error) => tracing::error!("{error}"),
        }
        for refused in &refused {
            tracing::warn!(step = "refused", network = %refused.network, "{refused}");
        }
        let remembered = self.memory.settle(handed).await;
        let remembered = remembered.map_err(|source| CommitError::Database { what, source });
        Done { blocked, refused, detections, committed: enforced.and(remembered) }
    }

    fn show_blocked(&self, blocked: &[IpNetwork]) {
        let step = if self.observes() { "would-block" } else { "blocked" };
        for network in blocked {
            tracing::info!(step, %network, "{step} {network}");
        }
    }

    /// Tries again what the database did not take.
    pub(super) async fn retry_unsaved(&self) {
        // In the order of the decisions, as ever.
        let engine = self.engine.lock().await;
        let handed = self.memory.hand_over(Vec::new()).await;
        drop(engine);
        if let Err(error) = self.memory.settle(handed).await {
            tracing::debug!("still not remembered: {error}");
        }
    }

    /// What the kernel dropped of a network, if it counts.
    pub(super) async fn counted(&self, network: IpNetwork, scope: Scope) -> Option<Counted> {
        let counted = self.firewall.as_ref()?.counted(network, scope).await;
        counted.inspect_err(|error| tracing::debug!("{error}")).ok().flatten()
    }

    /// Forgets what has run out.
    pub(super) async fn expire(&self) {
        let mut is_more = true;
        while is_more {
            let done = self.decide(|engine, now| {
                let outcome = engine.expire(now);
                is_more = !outcome.records.is_empty();
                outcome
            });
            if let Err(error) = done.await.committed {
                tracing::debug!("forgetting what has run out: {error}");
            }
        }
    }
}

fn show_detected(detections: &[Detection]) {
    for detection in detections {
        let (network, events) = (detection.network, detection.events);
        let detector = detection.detector();
        tracing::info!(step = "detected", %network, detector, events, "detected {network}: {events} hostile events");
    }
}

fn for_kernel(changes: &[Change], now: Timestamp) -> Vec<kernel::Change> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::Enforce { .. } => element(change, now).map(kernel::Change::Add),
            Change::Release { network, scope } => {
                Some(kernel::Change::Remove { network: *network, scope: *scope })
            }
        })
        .collect()
}

/// The kernel's form of a block, unless it is over already.
fn element(change: &Change, now: Timestamp) -> Option<Element> {
    let Change::Enforce { network, scope, until } = change else { return None };
    let left = until.duration_since(now);
    left.is_positive().then(|| Element {
        network: *network,
        scope: *scope,
        timeout: Some(left.unsigned_abs().into()),
    })
}

#[cfg(test)]
mod tests;
