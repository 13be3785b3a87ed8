//! The engine's one owner: takes a decision, then makes it true in the kernel and durable in the database.

use std::sync::atomic::{AtomicBool, Ordering};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use super::engine::{Engine, Outcome};
use crate::{
    blocks::Change,
    detect::Detection,
    guard::Refused,
    kernel::{self, Element, FirewallHandle, KernelError},
    record::Record,
    store::database::{Database, DatabaseError, Recorded},
};

/// Records that are kept for a database that takes none at the moment; what comes beyond is lost at a restart.
const MAX_UNSAVED: usize = 100_000;

/// What became of a decision.
#[derive(Debug)]
#[must_use]
pub(super) struct Done {
    /// Networks that are blocked now because of it.
    pub(super) blocked: Vec<IpNetwork>,
    /// What the guard refused.
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
    #[error("enforcing in the kernel: {0}")]
    Kernel(#[from] KernelError),
    /// The database did not take it.
    #[error("remembering it: {0}")]
    Database(#[from] DatabaseError),
}

/// The engine with its kernel and its memory.
#[derive(Debug)]
pub(super) struct Core {
    engine: Mutex<Engine>,
    /// None when the agent only observes.
    firewall: Option<FirewallHandle>,
    /// Whether the kernel may lack something that it was told.
    behind: AtomicBool,
    database: Database,
    /// Whether the database took nothing the last time: said once, not at each try.
    failing: AtomicBool,
    unsaved: Mutex<Vec<Record>>,
}

impl Core {
    /// Puts the three together; the kernel is not written yet.
    #[must_use]
    pub(super) fn new(engine: Engine, firewall: Option<FirewallHandle>, database: Database) -> Self {
        Self {
            engine: Mutex::new(engine),
            firewall,
            behind: AtomicBool::new(false),
            database,
            failing: AtomicBool::new(false),
            unsaved: Mutex::default(),
        }
    }

    /// The engine, to look at.
    pub(super) async fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().await
    }

    /// The database.
    #[must_use]
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Whether the agent only observes.
    #[must_use]
    pub(super) fn observes(&self) -> bool {
        self.firewall.is_none()
    }

    /// Decides, enforces, remembers. The kernel is told first; this returns when it and the disk have both answered.
    ///
    /// Changes reach the kernel in the order of the decisions: they are handed over before the engine is free again.
    pub(super) async fn decide(&self, decision: impl FnOnce(&mut Engine, Timestamp) -> Outcome) -> Done {
        let now = Timestamp::now();
        let mut engine = self.engine.lock().await;
        let Outcome { changes, records, detections, blocked, refused } = decision(&mut engine, now);
        let submitted = match &self.firewall {
            Some(firewall) if !changes.is_empty() => Some(firewall.submit(for_kernel(&changes, now)).await),
            _ => None,
        };
        let recorded = self.hand_over(records).await;
        drop(engine);
        for detection in &detections {
            let (network, events) = (detection.network, detection.events);
            let detector = detection.detector();
            tracing::info!(step = "detected", %network, detector, events, "detected {network}: {events} hostile events");
        }
        let enforced = match submitted {
            Some(submitted) => self.settle(submitted.applied().await).await,
            None => Ok(()),
        };
        match &enforced {
            Ok(()) => self.announce(&blocked),
            Err(error) => tracing::error!("enforcing in the kernel: {error}"),
        }
        for refused in &refused {
            tracing::warn!(step = "refused", network = %refused.network, "{refused}");
        }
        let remembered = self.remember(recorded).await;
        let committed = enforced.map_err(CommitError::from).and(remembered.map_err(CommitError::from));
        Done { blocked, refused, detections, committed }
    }

    fn announce(&self, blocked: &[IpNetwork]) {
        let step = if self.observes() { "would-block" } else { "blocked" };
        for network in blocked {
            tracing::info!(step, %network, "{step} {network}");
        }
    }

    /// A table that somebody removed is rebuilt at once, with everything that should be in it.
    async fn settle(&self, result: Result<(), KernelError>) -> Result<(), KernelError> {
        let result = match result {
            Err(KernelError::Gone { .. }) => self.rebuild().await,
            other => other,
        };
        if !matches!(result, Ok(()) | Err(KernelError::Elements(_))) {
            self.behind.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Hands records to the database, in the order of the decisions, and before them what an earlier failure left behind.
    async fn hand_over(&self, mut records: Vec<Record>) -> Option<(Vec<Record>, Recorded)> {
        if records.is_empty() {
            return None;
        }
        let mut unsaved = self.unsaved.lock().await;
        if !unsaved.is_empty() {
            records.retain(|record| !matches!(record, Record::Position { .. }));
            unsaved.append(&mut records);
            records = std::mem::take(&mut unsaved);
        }
        let recorded = self.database.record(records.clone());
        Some((records, recorded))
    }

    async fn remember(&self, handed: Option<(Vec<Record>, Recorded)>) -> Result<(), DatabaseError> {
        let Some((mut records, recorded)) = handed else { return Ok(()) };
        let result = recorded.durable().await;
        let was_failing = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Ok(()) if was_failing => tracing::info!("the database works again; nothing was lost"),
            Ok(()) => {}
            Err(error) => {
                if !was_failing {
                    tracing::error!(
                        "{error}; blocks stay in force, and are remembered once the database works again"
                    );
                }
                let mut unsaved = self.unsaved.lock().await;
                records.append(&mut unsaved);
                records.truncate(MAX_UNSAVED);
                *unsaved = records;
            }
        }
        result
    }

    /// Tries again what the database did not take.
    pub(super) async fn retry_unsaved(&self) {
        // In the order of the decisions, as ever.
        let engine = self.engine.lock().await;
        let records = std::mem::take(&mut *self.unsaved.lock().await);
        if records.is_empty() {
            return;
        }
        let recorded = self.database.record(records.clone());
        drop(engine);
        if let Err(error) = self.remember(Some((records, recorded))).await {
            tracing::debug!("still not remembered: {error}");
        }
    }

    /// Writes the whole set of blocks into the kernel anew.
    ///
    /// # Errors
    /// When the kernel does not take all of it.
    pub(super) async fn rebuild(&self) -> Result<(), KernelError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        let engine = self.engine.lock().await;
        let now = Timestamp::now();
        let desired: Vec<Change> = engine.blocks().desired().collect();
        let elements = desired.iter().filter_map(|change| element(change, now)).collect();
        firewall.allow(engine.guard().passing()).await?;
        let result = firewall.replace(elements).await;
        // What the kernel refuses one by one (a full set) it would refuse again.
        self.behind.store(!matches!(result, Ok(()) | Err(KernelError::Elements(_))), Ordering::Relaxed);
        result
    }

    /// Tells the kernel who passes by now, whatever is blocked.
    ///
    /// # Errors
    /// When the kernel does not take it; it is told again with the next rebuild, within a second.
    pub(super) async fn pass_protected(&self) -> Result<(), KernelError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        let engine = self.engine.lock().await;
        let told = firewall.allow(engine.guard().passing()).await;
        drop(engine);
        self.settle(told).await
    }

    /// Looks whether the table is still what it should be, and rebuilds it when it is not.
    ///
    /// # Errors
    /// When the kernel cannot be asked or does not take the rebuilt table.
    pub(super) async fn check_table(&self) -> Result<(), KernelError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        if let kernel::Health::Damaged(damage) = firewall.check().await? {
            tracing::warn!(step = "rebuild", "somebody changed the firewall table: {damage}; rebuilding it");
            return self.rebuild().await;
        }
        if self.behind.load(Ordering::Relaxed) { self.rebuild().await } else { Ok(()) }
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
        timeout: Some(left.unsigned_abs()),
    })
}
