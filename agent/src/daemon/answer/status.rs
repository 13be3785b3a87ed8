//! How the daemon is doing.

use super::{Desk, failed};
use crate::{
    control::{Answer, BlockCounts, Failure, LedgerView, SourceView, StatusView},
    domain::SourceClass,
    sources::Status,
};

impl Desk {
    pub(super) async fn status(&self) -> Result<Answer, Failure> {
        let outbox = self.core.database().waiting().await.map_err(failed)?;
        let ledger = self.ledger_view().await;
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
            peer: self.me,
            observe: self.core.observes(),
            blocks,
            tracked: engine.tracked(),
            logs: self.archive.logs().count(),
            outbox,
            publishes: self.publishes,
            listen: self.listen.clone(),
            sources: self.sources.iter().map(|(name, status)| source_view(name, &status.borrow())).collect(),
            ledger,
        })))
    }

    async fn ledger_view(&self) -> Option<LedgerView> {
        let (ledger, endpoint) = self.ledger.as_ref()?;
        let me = ledger.peer(&self.me).await.ok();
        let joined = me.as_ref().map(|peer| peer.as_ref().is_some_and(|peer| peer.active));
        Some(LedgerView { endpoint: endpoint.clone(), joined, karma: me.flatten().map(|peer| peer.karma) })
    }
}

fn source_view(name: &str, status: &Status) -> SourceView {
    SourceView {
        name: name.to_owned(),
        lines: status.lines,
        trouble: status.trouble.as_ref().map(ToString::to_string),
    }
}
