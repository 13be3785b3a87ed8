//! One thread owns the ledger; everybody else sends it work.

use std::{thread, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{MissedTickBehavior, interval},
};

use super::{ledger::Ledger, stopped};

/// How long a slot lasts, as on Solana.
const SLOT: Duration = Duration::from_millis(400);

/// Requests that may wait for the ledger.
const BACKLOG: usize = 1024;

type Work = Box<dyn FnOnce(&mut Ledger) + Send>;

/// The ledger's thread is gone.
#[derive(Debug, thiserror::Error)]
#[error("the dev ledger has stopped")]
pub struct Stopped;

/// A way to the ledger; it ends with its last handle.
#[derive(Clone)]
pub(super) struct Handle {
    work: mpsc::Sender<Work>,
}

impl Handle {
    /// Starts the thread.
    pub(super) fn spawn() -> std::io::Result<Self> {
        let (work, mut queue) = mpsc::channel::<Work>(BACKLOG);
        thread::Builder::new().name("ledger".to_owned()).spawn(move || {
            let mut ledger = Ledger::new();
            while let Some(work) = queue.blocking_recv() {
                work(&mut ledger);
            }
        })?;
        Ok(Self { work })
    }

    /// Runs `work` on the ledger's thread and brings back what it gives.
    pub(super) async fn with<T, F>(&self, work: F) -> Result<T, Stopped>
    where
        T: Send + 'static,
        F: FnOnce(&mut Ledger) -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |ledger: &mut Ledger| {
            // Whoever asked may have gone away meanwhile.
            let _ = answer.send(work(ledger));
        });
        self.work.send(work).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }

    /// Lets time pass on the ledger until `stop` is.
    pub(super) async fn keep_time(self, stop: watch::Receiver<()>) {
        let mut slots = interval(SLOT);
        slots.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let passing = async {
            loop {
                slots.tick().await;
                if self.with(Ledger::advance).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = passing => {}
            () = stopped(stop) => {}
        }
    }
}
