//! Parts that stop together.

use std::future::pending;

use tokio::{runtime::Handle, sync::watch, task::JoinSet};

/// Tasks that are told at once to stop, each of which ends in its own time.
#[derive(Debug, Default)]
pub(super) struct Phase {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Phase {
    /// Starts what ends by itself once it is to stop.
    pub(super) fn spawn(&mut self, on: &Handle, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(work, on);
    }

    /// Starts what is dropped when it is to stop.
    pub(super) fn until_stop(&mut self, on: &Handle, work: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stopped();
        self.spawn(on, async move {
            tokio::select! {
                () = work => {}
                () = stopped => {}
            }
        });
    }

    /// Ends when they are to stop.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.stop.subscribe();
        async move {
            if stop.wait_for(|asked| *asked).await.is_err() {
                pending::<()>().await;
            }
        }
    }

    /// Waits until one ends by itself.
    pub(super) async fn broken(&mut self) {
        if self.tasks.join_next().await.is_none() {
            pending::<()>().await;
        }
    }

    /// Tells them to stop, and waits until all have ended.
    pub(super) async fn end(&mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}
