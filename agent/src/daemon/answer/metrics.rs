//! What is measured.

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::Desk;
use crate::{
    control::Answer,
    domain::{Dropped, SourceClass},
    kernel,
    metrics::{LedgerSample, Queue, Sample},
};

impl Desk {
    pub(super) async fn metrics(&self) -> Answer {
        Answer::Metrics(self.scrape().await)
    }

    /// What is measured, as Prometheus reads it.
    pub(in crate::daemon) async fn scrape(&self) -> String {
        self.core.metrics().render(self.sample().await)
    }

    async fn sample(&self) -> Sample {
        let ledger = self.ledger_sample().await;
        let (dropped, queues) = (self.dropped().await, self.queues().await);
        let engine = self.core.engine().await;
        let classes = [SourceClass::Local, SourceClass::Manual, SourceClass::Peer];
        Sample {
            version: env!("CARGO_PKG_VERSION"),
            started: self.started,
            observes: self.core.observes(),
            blocks: classes.map(|class| (class, engine.blocks().count(class))).into(),
            tracked: engine.tracked(),
            logs: self.archive.logs().count(),
            dropped,
            sources: self.sources.reports(Timestamp::now()),
            queues,
            ledger,
        }
    }

    /// What the kernel has dropped; nothing where it is not told to, or does not say.
    pub(super) async fn dropped(&self) -> Vec<Dropped> {
        if self.core.observes() {
            return Vec::new();
        }
        match spawn_blocking(kernel::dropped).await {
            Ok(Ok(dropped)) => dropped,
            Ok(Err(error)) => {
                tracing::debug!("reading what was dropped: {error}");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    async fn queues(&self) -> Vec<Queue> {
        let reports = self.reports.upgrade().map(|reports| reports.max_capacity() - reports.capacity());
        let mut queues = vec![
            Queue { name: "lines", length: self.sources.waiting() },
            Queue { name: "reports", length: reports.unwrap_or_default() },
        ];
        if let Ok(length) = self.core.database().waiting().await {
            queues.push(Queue { name: "ledger", length });
        }
        queues
    }

    async fn ledger_sample(&self) -> Option<LedgerSample> {
        let book = self.facts.as_ref()?;
        let facts = book.latest().await;
        let budget = self.purse.view();
        let joined = facts.me.as_ref().map(|me| me.as_ref().is_some_and(|peer| peer.active));
        Some(LedgerSample {
            endpoints: book.ledger().endpoints(),
            joined,
            karma: facts.me.flatten().map(|peer| peer.karma),
            balance: facts.balance,
            budget: budget.daily,
            spent: budget.spent,
            rent: facts.rent,
        })
    }
}
