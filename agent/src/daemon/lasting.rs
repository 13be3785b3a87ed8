//! What outlives a reload, whatever the settings become.

use std::{
    fs, mem,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use jiff::Timestamp;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};

use super::warnings::Warnings;
use crate::{
    control::{Control, ReloadView},
    metrics::Metrics,
    sources::OpenSockets,
};

/// The same for the agent's whole run, under one configuration after the other.
pub(super) struct Lasting {
    /// When the agent started.
    pub(super) started: Timestamp,
    /// What became of the last reload.
    pub(super) reloaded: watch::Sender<Option<ReloadView>>,
    /// By which the command line asks for another.
    pub(super) reload: Arc<Notify>,
    /// What log lines and peers come in by.
    pub(super) sockets: Arc<OpenSockets>,
    /// What is measured.
    pub(super) metrics: Metrics,
    /// The last warnings.
    pub(super) warnings: Warnings,
    control: Mutex<Option<Control>>,
    /// The ends of what nobody else can have before.
    ends: Mutex<Vec<BoxFuture<'static, ()>>>,
}

impl Lasting {
    pub(super) fn new(warnings: Warnings) -> Self {
        Self {
            started: Timestamp::now(),
            reloaded: watch::Sender::new(None),
            reload: Arc::default(),
            sockets: Arc::default(),
            metrics: Metrics::default(),
            warnings,
            control: Mutex::default(),
            ends: Mutex::default(),
        }
    }

    /// The control socket at `path`, in the place of another that there was.
    pub(super) fn control(&self, path: &Path) -> anyhow::Result<Control> {
        let mut held = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(control) = held.as_ref().filter(|control| control.path() == path) {
            return Ok(control.clone());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("making the folder {} for the control socket", folder.display()))?;
        }
        let control = Control::bind(path)?;
        Ok(held.insert(control).clone())
    }

    /// Before the next configuration's turn comes, this has to end.
    pub(super) fn expect(&self, end: impl Future<Output = ()> + Send + 'static) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).push(end.boxed());
    }

    /// Waits until everything has ended that was to end, or this time has come.
    pub(super) async fn ended(&self, deadline: Instant) {
        let ends = mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout_at(deadline, join_all(ends)).await.is_err() {
            tracing::warn!("the database or the firewall table is not let go");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{future::pending, time::Duration};

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_does_not_end_is_waited_for_until_the_deadline_and_no_longer() {
        let lasting = Lasting::new(Warnings::default());
        lasting.expect(pending());
        timeout(Duration::from_secs(5), lasting.ended(Instant::now())).await.unwrap();
    }
}
