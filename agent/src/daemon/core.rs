//! The engine's one owner: takes a decision, then makes it true in the kernel and durable in the database.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use super::engine::{Engine, Outcome};
use crate::{
    blocks::Change,
    detect::Detection,
    kernel::{self, Element, FirewallHandle, KernelError},
    store::database::{Database, DatabaseError},
};

/// What became of a decision.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Done {
    /// Networks that are blocked now because of it.
    pub(super) blocked: Vec<IpNetwork>,
    /// What the guard refused.
    pub(super) refused: Vec<crate::guard::Refused>,
    /// What is to be reported.
    pub(super) detections: Vec<Detection>,
}

/// A decision that is not both enforced and durable.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    /// The kernel did not take all of it; the database did.
    #[error("enforcing in the kernel: {0}")]
    Kernel(#[from] KernelError),
    /// The database did not take it; the kernel did, and drops until the next restart.
    #[error("remembering it: {0}")]
    Database(#[from] DatabaseError),
}

/// The engine with its kernel and its memory.
#[derive(Debug)]
pub(super) struct Core {
    engine: Mutex<Engine>,
    /// None when the agent only observes.
    firewall: Option<FirewallHandle>,
    database: Database,
}

impl Core {
    /// Puts the three together; the kernel is not written yet.
    #[must_use]
    pub(super) fn new(engine: Engine, firewall: Option<FirewallHandle>, database: Database) -> Self {
        Self { engine: Mutex::new(engine), firewall, database }
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
    ///
    /// # Errors
    /// When the kernel or the database did not take all of it.
    pub(super) async fn decide(
        &self,
        decision: impl FnOnce(&mut Engine, Timestamp) -> Outcome,
    ) -> Result<Done, CommitError> {
        let now = Timestamp::now();
        let mut engine = self.engine.lock().await;
        let Outcome { changes, records, detections, blocked, refused } = decision(&mut engine, now);
        let submitted = match &self.firewall {
            Some(firewall) if !changes.is_empty() => Some(firewall.submit(for_kernel(&changes, now)).await),
            _ => None,
        };
        let recorded = (!records.is_empty()).then(|| self.database.record(records));
        drop(engine);
        for detection in &detections {
            let (network, events) = (detection.network, detection.events);
            let detector = detection.detector();
            tracing::info!(step = "detected", %network, detector, events, "detected {network}: {events} hostile events");
        }
        if let Some(submitted) = submitted {
            self.settle(submitted.applied().await).await?;
        }
        for network in &blocked {
            let step = if self.observes() { "would-block" } else { "blocked" };
            tracing::info!(step, %network, "{step} {network}");
        }
        if let Some(recorded) = recorded {
            recorded.durable().await?;
        }
        for refused in &refused {
            tracing::warn!(step = "refused", network = %refused.network, "{refused}");
        }
        Ok(Done { blocked, refused, detections })
    }

    /// A table that somebody removed is rebuilt at once, with everything that should be in it.
    async fn settle(&self, result: Result<(), KernelError>) -> Result<(), KernelError> {
        match result {
            Err(KernelError::Gone { .. }) => self.rebuild().await,
            other => other,
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
        firewall.allow(engine.guard().protected().allowed.clone()).await?;
        firewall.replace(elements).await
    }

    /// Looks whether the table is still what it was, and rebuilds it when it is not.
    ///
    /// # Errors
    /// When the kernel cannot be asked or does not take the rebuilt table.
    pub(super) async fn check_table(&self) -> Result<(), KernelError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        if let kernel::Health::Damaged(damage) = firewall.check().await? {
            tracing::warn!(step = "rebuild", "somebody changed the firewall table: {damage}; rebuilding it");
            self.rebuild().await?;
        }
        Ok(())
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
    (left.is_positive()).then(|| Element {
        network: *network,
        scope: *scope,
        timeout: Some(left.unsigned_abs()),
    })
}
