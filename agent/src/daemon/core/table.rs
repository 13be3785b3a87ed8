//! The kernel's table, kept what the engine decided: told, checked, and rebuilt when somebody changed it.

use std::{
    sync::{MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use super::{CommitError, Core, Engine, element};
use crate::{
    backoff::Backoff,
    kernel::{Damage, FirewallHandle, Health, KernelError, Submitted},
};

/// The longest pause between rebuilds that do not help, its random part aside.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A rebuild on its way to the kernel; all who wait for it hear the same.
type Rebuild = Shared<BoxFuture<'static, Result<(), KernelError>>>;

/// What the agent knows about the table.
#[derive(Debug)]
pub(super) struct Table {
    /// Rebuilds that were handed over so far, and the last of them.
    rebuilds: u64,
    last: Option<Rebuild>,
    /// Whether the kernel may lack something that it was told.
    behind: bool,
    pauses: Backoff,
    /// What the last rebuild did not put right is left alone until then.
    rest_until: Option<Instant>,
}

impl Default for Table {
    fn default() -> Self {
        let pauses = Backoff::up_to(LONGEST_PAUSE);
        Self { rebuilds: 0, last: None, behind: false, pauses, rest_until: None }
    }
}

impl Table {
    pub(super) fn rebuilds(&self) -> u64 {
        self.rebuilds
    }

    /// The last rebuild, if it was handed over after the first `rebuilds` ones.
    fn rebuild_after(&self, rebuilds: u64) -> Option<Rebuild> {
        self.last.clone().filter(|_| self.rebuilds > rebuilds)
    }

    /// Whether to rebuild the table now because of `damage`, or because the kernel was not told everything.
    ///
    /// What the kernel refuses for good is missing again after each rebuild, and each writes every block: so elements
    /// that are missing and rebuilds that fail are tried again ever more seldom, until all is well for once. All
    /// other damage somebody did, and it is put right at once.
    fn wants_rebuild(&mut self, damage: Option<&Damage>, now: Instant) -> bool {
        match damage {
            None if !self.behind => {
                self.pauses.reset();
                self.rest_until = None;
                return false;
            }
            None | Some(Damage::Elements { .. }) => {}
            Some(_) => return true,
        }
        if self.rest_until.is_some_and(|until| now < until) {
            return false;
        }
        self.rest_until = now.checked_add(self.pauses.pause());
        true
    }
}

impl Core {
    /// What is known about the table. Rebuilds are handed over only while the engine is held.
    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing that holds it can leave it half changed.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what was handed over after so many rebuilds. A table that somebody removed is rebuilt at once, with
    /// everything that should be in it. Tells when the kernel had it.
    pub(super) async fn settle(
        &self,
        submitted: Submitted<Instant>,
        rebuilds: u64,
    ) -> Result<Instant, KernelError> {
        match submitted.applied().await {
            Err(KernelError::Gone { .. }) => self.rebuild_after(rebuilds).await.map(|()| Instant::now()),
            other => self.note(other),
        }
    }

    /// Remembers whether the kernel has all that it was told.
    fn note<T>(&self, result: Result<T, KernelError>) -> Result<T, KernelError> {
        self.table().behind |= result.is_err();
        result
    }

    /// Writes the whole set of blocks into the kernel anew, and who passes whatever is blocked.
    ///
    /// Others may decide again as soon as it is handed over; what they decide is written after it.
    ///
    /// # Errors
    /// When the kernel does not take all of it.
    pub(in crate::daemon) async fn rebuild(&self) -> Result<(), KernelError> {
        let rebuilds = self.table().rebuilds();
        self.rebuild_after(rebuilds).await
    }

    /// Rebuilds the table, unless somebody did since there were so many rebuilds: that one holds all that was decided
    /// before it, so waiting for it is enough.
    async fn rebuild_after(&self, rebuilds: u64) -> Result<(), KernelError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        let engine = self.engine.lock().await;
        let under_way = self.table().rebuild_after(rebuilds);
        let rebuild = match under_way {
            Some(rebuild) => rebuild,
            None => self.hand_over_rebuild(firewall, &engine).await,
        };
        drop(engine);
        let rebuilt = rebuild.await;
        self.note(rebuilt)
    }

    async fn hand_over_rebuild(&self, firewall: &FirewallHandle, engine: &Engine) -> Rebuild {
        let now = self.now();
        let elements = engine.blocks().desired().filter_map(|change| element(&change, now)).collect();
        let submitted = firewall.submit_replace(elements, engine.guard().passing()).await;
        let rebuild = submitted.applied().boxed().shared();
        let mut table = self.table();
        table.rebuilds += 1;
        table.last = Some(rebuild.clone());
        table.behind = false;
        rebuild
    }

    /// Tells the kernel who passes by now, whatever is blocked.
    ///
    /// # Errors
    /// When the kernel does not take it; it is told again with the next rebuild.
    pub(in crate::daemon) async fn pass_protected(&self) -> Result<(), CommitError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        let (submitted, rebuilds) = {
            let engine = self.engine.lock().await;
            (firewall.submit_allow(engine.guard().passing()).await, self.table().rebuilds())
        };
        self.settle(submitted, rebuilds).await.map(drop).map_err(CommitError::Passing)
    }

    /// Looks whether the table is still what it should be, and rebuilds it when it is not.
    ///
    /// # Errors
    /// When the kernel cannot be asked or does not take the rebuilt table.
    pub(in crate::daemon) async fn check_table(&self) -> Result<(), KernelError> {
        let Some(firewall) = &self.firewall else { return Ok(()) };
        let (submitted, rebuilds) = {
            let mut engine = self.engine.lock().await;
            let expected = engine.population(self.now());
            (firewall.submit_check(expected).await, self.table().rebuilds())
        };
        let damage = match submitted.applied().await? {
            Health::Intact => None,
            Health::Damaged(damage) => Some(damage),
        };
        if !self.table().wants_rebuild(damage.as_ref(), Instant::now()) {
            return Ok(());
        }
        if let Some(damage) = damage {
            tracing::warn!(step = "rebuild", "somebody changed the firewall table: {damage}; rebuilding it");
        }
        self.rebuild_after(rebuilds).await
    }
}

#[cfg(test)]
mod tests;
