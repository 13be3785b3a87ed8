//! How the daemon is doing.

use jiff::Timestamp;

use super::{Desk, failed};
use crate::{
    control::{Answer, BlockCounts, Failure, LedgerView, StatusView},
    daemon::facts::Facts,
    domain::SourceClass,
    record::Standing,
};

impl Desk {
    pub(super) async fn status(&self) -> Result<Answer, Failure> {
        let outbox = self.core.database().waiting().await.map_err(failed)?;
        let announced = self.core.database().announcements().await.map_err(failed)?;
        let mirrors = announced.iter().filter(|mirror| mirror.standing != Standing::Delisted).count();
        let (ledger, dropped) = (self.ledger_view().await, self.dropped().await);
        let engine = self.core.engine().await;
        let count = |class| engine.blocks().count(class);
        let blocks = BlockCounts {
            local: count(SourceClass::Local),
            manual: count(SourceClass::Manual),
            peer: count(SourceClass::Peer),
        };
        Ok(Answer::Status(Box::new(StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            reload: self.reloaded.borrow().clone(),
            pid: std::process::id(),
            peer: self.me,
            observe: self.core.observes(),
            blocks,
            dropped,
            tracked: engine.tracked(),
            logs: self.archive.logs().count(),
            mirrors,
            outbox,
            publishes: self.publishes,
            listen: self.listen.clone(),
            reach: self.reach.view(),
            sources: self.sources.reports(Timestamp::now()),
            ledger,
        })))
    }

    async fn ledger_view(&self) -> Option<LedgerView> {
        let book = self.facts.as_ref()?;
        let Facts { me, balance, rent } = book.latest().await;
        let joined = me.as_ref().map(|peer| peer.as_ref().is_some_and(|peer| peer.active));
        let me = me.flatten();
        let karma = me.as_ref().map(|peer| peer.karma);
        let serves = me.map(|peer| peer.base_url().to_owned());
        let (endpoints, budget) = (book.ledger().endpoints(), self.purse.view());
        Some(LedgerView { endpoints, joined, karma, serves, balance, rent, budget })
    }
}
