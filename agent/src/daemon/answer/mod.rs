//! Answers what the command line asks.

mod allow;
mod blocks;
mod drafts;
mod explain;
mod metrics;
mod peers;
mod posts;
mod publish;
mod retract;
mod status;
mod support;
mod trust;

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, watch};

use super::{
    archive::Archive, core::Core, facts::FactBook, outbox::Outbox, preview::Viewer, protect::Guardian,
    publisher::Publisher, purse::DailyPurse, reach::ReachBoard, warnings::Warnings,
};
use crate::{
    control::{Answer, Failure, FailureKind, ReloadView, Request},
    detect::Detection,
    domain::{PeerKey, Scope},
    ledger::Ledger,
    sources::Intake,
};

pub(super) use publish::CONFIRMATION;

/// Longest comment of the operator's that is kept, in characters.
const MAX_COMMENT: usize = 500;

/// Everything that can be asked about.
pub(super) struct Desk {
    /// Blocks and memory.
    pub(super) core: Arc<Core>,
    /// What is protected.
    pub(super) guardian: Arc<Guardian>,
    /// What a block drops that only peers asked for.
    pub(super) scope_of_peers: Scope,
    /// Malicious logs.
    pub(super) archive: Archive,
    /// What has to reach the ledger.
    pub(super) outbox: Outbox,
    /// The ledger, unless the agent is standalone.
    pub(super) ledger: Option<Arc<dyn Ledger>>,
    /// What acts on it are paid from.
    pub(super) purse: Arc<DailyPurse>,
    /// Peers that the config names as believed or banned.
    pub(super) configured: BTreeSet<PeerKey>,
    /// This agent.
    pub(super) me: PeerKey,
    /// When it started.
    pub(super) started: Timestamp,
    /// What became of the last reload.
    pub(super) reloaded: watch::Receiver<Option<ReloadView>>,
    /// By which another is asked for.
    pub(super) reload: Arc<Notify>,
    /// What posts logs, where it takes part in a network.
    pub(super) publisher: Option<Publisher>,
    /// How long the ledger may take to confirm a post.
    pub(super) confirmation: Duration,
    /// What shows what would leave.
    pub(super) viewer: Viewer,
    /// Whether it publishes what it detects.
    pub(super) publishes: bool,
    /// Where the HTTPS server listens.
    pub(super) listen: Vec<SocketAddr>,
    /// How peers find this agent.
    pub(super) reach: ReachBoard,
    /// The log sources.
    pub(super) sources: Intake,
    /// What waits to be reported. Weak: reporting ends when nobody detects any more.
    pub(super) reports: mpsc::WeakSender<Detection>,
    /// What the ledger says about this agent, where there is one.
    pub(super) facts: Option<FactBook>,
    /// The last warnings.
    pub(super) warnings: Warnings,
}

impl Desk {
    /// Answers one request.
    pub(super) async fn answer(&self, request: Request) -> Answer {
        let answer = match request {
            Request::Status => self.status().await,
            Request::Metrics => Ok(self.metrics().await),
            Request::Support => self.support().await,
            Request::Reload => Ok(self.reload()),
            Request::Blocks(query) => Ok(self.blocks(query).await),
            Request::Block { entries, session, trial } => self.block(entries, session, trial).await,
            Request::Unblock { network } => self.unblock(network).await,
            Request::Explain { network } => self.explain(network).await,
            Request::Allowed => Ok(self.allowed()),
            Request::Allow { target, comment } => self.allow(target, &comment).await,
            Request::Disallow { target } => self.disallow(&target).await,
            Request::Posts { limit } => self.posts(limit).await,
            Request::Post { id } => self.post(id).await,
            Request::Publish { log, redact } => self.publish(log.into_content(), redact).await,
            Request::Retract { id } => self.retract(id).await,
            Request::Drafts(query) => self.drafts(query).await,
            Request::Peers => self.peers().await,
            Request::Peer { key } => self.peer(key).await,
            Request::Replay(what_if) => self.replay(what_if).await,
            Request::Regard { peer, attitude, comment } => self.regard(peer, attitude, &comment).await,
        };
        answer.unwrap_or_else(Answer::Failed)
    }

    fn reload(&self) -> Answer {
        let since = Timestamp::now();
        self.reload.notify_one();
        Answer::Reloading { since }
    }
}

/// The operator's words, as far as they are kept.
fn kept(comment: &str) -> String {
    comment.chars().filter(|c| !c.is_control()).take(MAX_COMMENT).collect()
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::new(FailureKind::Failed, error)
}

#[cfg(test)]
mod tests;
