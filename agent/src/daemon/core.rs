//! The engine's one owner: takes a decision, then makes it true in the kernel and durable in the database.

mod table;

use std::{mem, sync, time::Instant};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use super::{
    clock::{Clock, Reading},
    commit::{CommitError, Decided, Done, HandedOver, Subject},
    engine::{Engine, Outcome},
};
use crate::{
    blocks::Change,
    detect::Detection,
    kernel::{self, Counted, Element, FirewallHandle, Scope},
    metrics::Metrics,
    record::Record,
    store::database::Database,
};
use table::Table;

/// The engine with its clock, its kernel and its database.
#[derive(Debug)]
pub(super) struct Core {
    engine: Mutex<Engine>,
    clock: Clock,
    /// None when the agent only observes.
    firewall: Option<FirewallHandle>,
    table: sync::Mutex<Table>,
    database: Database,
    metrics: Metrics,
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
        let (table, metrics) = (sync::Mutex::default(), Metrics::default());
        Self { engine: Mutex::new(engine), clock, firewall, table, database, metrics }
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
        &self.database
    }

    /// Waits until the table is free for another owner, without keeping it.
    pub(super) fn table_left(&self) -> impl Future<Output = ()> + Send + use<> {
        let ended = self.firewall.as_ref().map(FirewallHandle::ended);
        async move {
            if let Some(ended) = ended {
                ended.await;
            }
        }
    }

    /// The same, measuring in `metrics`.
    #[must_use]
    pub(super) fn measured_in(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// What is measured.
    #[must_use]
    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether the agent only observes: it decides and shows what it would block, and blocks nothing.
    #[must_use]
    pub(super) fn observes(&self) -> bool {
        self.firewall.is_none()
    }

    /// Decides, enforces, remembers. The kernel is told first; this returns when it and the disk have both answered.
    pub(super) async fn decide(&self, decision: impl FnOnce(&mut Engine, Timestamp) -> Outcome) -> Done {
        self.done(self.hand_over(Instant::now(), decision).await).await
    }

    /// Decides, and hands over what follows to the kernel and the disk without waiting for either.
    ///
    /// However much is decided at once, it goes to both in one piece each, and in the order of the decisions: it is
    /// handed over before the engine is free again. `since` is when what it is about was taken up.
    pub(super) async fn hand_over(
        &self,
        since: Instant,
        decision: impl FnOnce(&mut Engine, Timestamp) -> Outcome,
    ) -> HandedOver {
        let mut engine = self.engine.lock().await;
        let reading = Reading::take();
        let was = self.clock.at(reading);
        let clock_set = self.clock.correct(reading).map(|by| {
            tracing::warn!("the clock was set by {by:#}; all blocks last as long as they were to last");
            engine.clock_set(by, was)
        });
        let now = self.clock.at(reading);
        let mut outcome = decision(&mut engine, now);
        let remembered = trusted(&mut outcome, now);
        let Outcome { changes, records, detections, blocked, refused, .. } = outcome;
        let what = Subject::of(&changes, &records);
        let rebuilds = self.table().rebuilds();
        let submitted = match &self.firewall {
            Some(firewall) if !changes.is_empty() => Some(firewall.submit(for_kernel(&changes, now)).await),
            _ => None,
        };
        let records: Vec<_> = clock_set.into_iter().chain(records).chain(remembered).collect();
        let recorded = (!records.is_empty()).then(|| self.database.record(records));
        drop(engine);
        self.show_detected(&detections);
        HandedOver {
            since: (!detections.is_empty()).then_some(since),
            decided: Decided { blocked, refused, detections },
            what,
            submitted: submitted.map(|submitted| (submitted, rebuilds)),
            recorded,
        }
    }

    /// What became of it, once kernel and disk have both answered.
    pub(super) async fn done(&self, handed_over: HandedOver) -> Done {
        let HandedOver { since, decided, what, submitted, recorded } = handed_over;
        let settled = match submitted {
            Some((submitted, rebuilds)) => self.settle(submitted, rebuilds).await.map(Some),
            None => Ok(None),
        };
        let settled = settled.map_err(|source| CommitError::Kernel { what, source });
        match &settled {
            Ok(enforced) => {
                if let (Some(since), Some(at)) = (since, enforced) {
                    self.metrics.blocked(at.duration_since(since));
                }
                self.show_blocked(&decided.blocked);
            }
            Err(error) => tracing::error!("{error}"),
        }
        for refused in &decided.refused {
            tracing::warn!(step = "refused", network = %refused.network, "{refused}");
        }
        let remembered = match recorded {
            Some(recorded) => recorded.durable().await,
            None => Ok(()),
        };
        let remembered = remembered.map_err(|source| CommitError::Database { what, source });
        let enforced = settled.as_ref().ok().copied().flatten();
        Done::new(decided, enforced, settled.and(remembered))
    }

    fn show_detected(&self, detections: &[Detection]) {
        for detection in detections {
            let (network, events) = (detection.network, detection.events);
            let detector = detection.detector();
            self.metrics.detected(detection.service.as_str());
            tracing::info!(step = "detected", %network, detector, events, "detected {network}: {events} hostile events");
        }
    }

    fn show_blocked(&self, blocked: &[IpNetwork]) {
        let step = if self.observes() { "would-block" } else { "blocked" };
        for network in blocked {
            tracing::info!(step, %network, "{step} {network}");
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
            if let Err(error) = done.await.committed() {
                tracing::debug!("forgetting what has run out: {error}");
            }
        }
    }
}

/// What is to be remembered of trust: what happened, and what follows for the ledger.
fn trusted(outcome: &mut Outcome, now: Timestamp) -> Vec<Record> {
    let events = mem::take(&mut outcome.events).into_iter().map(|event| Record::Trust(now, event));
    let likes = mem::take(&mut outcome.likes).into_iter().map(Record::Like);
    let disputes = mem::take(&mut outcome.disputes).into_iter();
    events.chain(likes).chain(disputes.map(|(post, dispute)| Record::Dispute(post, dispute))).collect()
}

fn for_kernel(changes: &[Change], now: Timestamp) -> Vec<kernel::Change> {
    changes
        .iter()
        .map(|change| match change {
            // What has ended must not go on because it was to last longer before.
            Change::Enforce { network, scope, .. } | Change::Release { network, scope } => {
                element(change, now)
                    .map_or(kernel::Change::Remove { network: *network, scope: *scope }, kernel::Change::Add)
            }
        })
        .collect()
}

/// The kernel's form of a block, unless it is over already.
pub(super) fn element(change: &Change, now: Timestamp) -> Option<Element> {
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
