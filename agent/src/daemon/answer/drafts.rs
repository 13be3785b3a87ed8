//! What would leave: logs that are stored, and what is collected.

use std::{net::IpAddr, sync::Arc};

use tokio::task::spawn_blocking;

use super::{Desk, failed};
use crate::{
    control::{Answer, DraftPage, DraftQuery, DraftState, DraftView, Failure},
    domain::{FileHash, LogId, LogUrl},
    evidence,
    guard::is_private,
};

impl Desk {
    /// Shows drafts; changes nothing.
    pub(super) async fn drafts(&self, query: DraftQuery) -> Result<Answer, Failure> {
        let mut page = DraftPage { publishes: self.publishes, ..DraftPage::default() };
        match query {
            DraftQuery::Unposted { after } => {
                page.next = self.core.database().unposted_log(self.me, after).await.map_err(failed)?;
                if let Some(id) = page.next {
                    page.drafts.extend(self.stored(id).await?);
                }
            }
            DraftQuery::Against { address } => page.drafts = self.against(address).await?,
        }
        Ok(Answer::Drafts(page))
    }

    /// The logs behind this agent's own blocks of an address, and what it has collected since.
    async fn against(&self, address: IpAddr) -> Result<Vec<DraftView>, Failure> {
        let (logs, collected) = {
            let engine = self.core.engine().await;
            let blocked: Vec<_> = engine.blocks().covering(address).map(|block| block.network).collect();
            let logs: Vec<LogId> =
                blocked.into_iter().filter_map(|network| engine.own_log_of(network)).collect();
            (logs, engine.collected(address))
        };
        let mut drafts = Vec::new();
        for id in logs {
            drafts.extend(self.stored(id).await?);
        }
        drafts.extend(self.viewer.drafts(collected, DraftState::Collecting).map_err(failed)?);
        Ok(drafts)
    }

    /// A log of this agent's own that is stored; none when it had to go.
    async fn stored(&self, id: LogId) -> Result<Option<DraftView>, Failure> {
        let logs = Arc::clone(self.archive.logs());
        let read = spawn_blocking(move || {
            let Some(log) = logs.read(id)? else { return Ok(None) };
            let hash = log.hash();
            Ok(evidence::verify(log, hash).ok())
        });
        let read = read.await.map_err(failed)?.map_err(|error: crate::store::StoreError| failed(error))?;
        let Some(log) = read else { return Ok(None) };
        let hash = log.get().hash();
        let (state, mut log_url) = self.progress(hash).await?;
        if log_url.is_none() && log.attackers().iter().any(|attacker| !is_private(attacker.address)) {
            log_url = self.viewer.log_url(hash).map_err(failed)?;
        }
        Ok(Some(self.viewer.view(&log, state, log_url)))
    }

    /// How far the post of a log has come, and where it says that the log is served: the address may have changed since
    /// it was queued. None as long as nothing is to be posted.
    pub(super) async fn progress(&self, hash: FileHash) -> Result<(DraftState, Option<LogUrl>), Failure> {
        if let Some(record) = self.own_post(hash).await? {
            return Ok((DraftState::Posted, Some(record.post.log_url.parse().map_err(failed)?)));
        }
        let queued = self.core.database().queued_url(hash).await.map_err(failed)?;
        Ok(queued.map_or((DraftState::Kept, None), |log_url| (DraftState::Queued, Some(log_url))))
    }
}
