//! Answers what the command line asks.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::core::Core;
use crate::{
    control::{
        Answer, BlockCounts, BlockView, Explanation, Failure, FailureKind, LedgerView, PeerView, Request,
        StatusView,
    },
    domain::{LogId, Origin, PeerKey, PostId, SourceClass},
    ledger::{Ledger, LedgerError},
    record::PostRecord,
    sources::Intake,
    store::LogStore,
};

/// Lines of evidence shown for one address.
const MAX_LINES: usize = 20;
/// Newest posts among which the one is sought that published a log.
const RECENT_POSTS: u32 = 1000;
/// Longest comment of a manual block that is kept, in characters.
const MAX_COMMENT: usize = 500;

/// Everything that can be asked about.
pub(super) struct Desk {
    /// Blocks and memory.
    pub(super) core: Arc<Core>,
    /// Malicious logs.
    pub(super) logs: Arc<LogStore>,
    /// The ledger and the name of its endpoint, unless the agent is standalone.
    pub(super) ledger: Option<(Arc<dyn Ledger>, String)>,
    /// This agent.
    pub(super) me: PeerKey,
    /// When it started.
    pub(super) started: Timestamp,
    /// Whether it publishes what it detects.
    pub(super) publishes: bool,
    /// Where the HTTPS server listens.
    pub(super) listen: Vec<SocketAddr>,
    /// The log sources.
    pub(super) sources: Intake,
}

impl Desk {
    /// Answers one request.
    pub(super) async fn answer(&self, request: Request) -> Answer {
        let answer = match request {
            Request::Status => self.status().await,
            Request::Blocks => Ok(self.blocks().await),
            Request::Block { network, seconds, comment } => self.block(network, seconds, comment).await,
            Request::Unblock { network } => self.unblock(network).await,
            Request::Explain { address } => self.explain(address).await,
            Request::Posts { limit } => {
                self.core.database().posts(limit).await.map(Answer::Posts).map_err(failed)
            }
            Request::Post { id } => self.post(id).await,
            Request::Peers => self.peers().await,
        };
        answer.unwrap_or_else(Answer::Failed)
    }

    async fn status(&self) -> Result<Answer, Failure> {
        let outbox = self.core.database().outbox().await.map_err(failed)?.len();
        let ledger = match &self.ledger {
            None => None,
            Some((ledger, endpoint)) => {
                let me = ledger.peer(&self.me).await.ok();
                let joined = me.as_ref().map(|peer| peer.as_ref().is_some_and(|peer| peer.active));
                Some(LedgerView {
                    endpoint: endpoint.clone(),
                    joined,
                    karma: me.flatten().map(|peer| peer.karma),
                })
            }
        };
        let engine = self.core.engine().await;
        let count = |class| engine.blocks().iter().filter(|block| block.source() == class).count();
        Ok(Answer::Status(Box::new(StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            peer: self.me,
            observe: self.core.observes(),
            blocks: BlockCounts {
                local: count(SourceClass::Local),
                manual: count(SourceClass::Manual),
                peer: count(SourceClass::Peer),
            },
            tracked: engine.tracked(),
            logs: self.logs.count(),
            outbox,
            publishes: self.publishes,
            listen: self.listen.clone(),
            sources: self.sources.reports(Timestamp::now()),
            ledger,
        })))
    }

    async fn blocks(&self) -> Answer {
        let mut blocks: Vec<BlockView> =
            self.core.engine().await.blocks().iter().map(BlockView::from).collect();
        blocks.sort_by_key(|block| block.network);
        Answer::Blocks(blocks)
    }

    async fn block(
        &self,
        network: IpNetwork,
        seconds: Option<u64>,
        comment: String,
    ) -> Result<Answer, Failure> {
        let comment: String = comment.chars().filter(|c| !c.is_control()).take(MAX_COMMENT).collect();
        let mut refusal = None;
        let decision = self.core.decide(|engine, now| {
            let duration = seconds.map_or(engine.rules().block_for, |seconds| {
                SignedDuration::from_secs(seconds.try_into().unwrap_or(i64::MAX))
            });
            engine.block_manually(network, duration, comment, now).unwrap_or_else(|refused| {
                refusal = Some(refused);
                Default::default()
            })
        });
        let done = decision.await;
        if let Some(refused) = refusal {
            return Err(Failure::new(FailureKind::Guard, refused));
        }
        done.committed.map_err(failed)?;
        let engine = self.core.engine().await;
        let block = done.blocked.first().and_then(|network| engine.blocks().get(*network));
        block
            .map(|block| Answer::Block(block.into()))
            .ok_or_else(|| Failure::new(FailureKind::Failed, format!("{network} was let go again at once")))
    }

    async fn unblock(&self, network: IpNetwork) -> Result<Answer, Failure> {
        let mut removed = None;
        let decision = self.core.decide(|engine, _| match engine.unblock(network) {
            Some((block, outcome)) => {
                removed = Some(BlockView::from(&block));
                outcome
            }
            None => Default::default(),
        });
        decision.await.committed.map_err(failed)?;
        removed
            .map(Answer::Block)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{network} is not blocked")))
    }

    async fn explain(&self, address: IpAddr) -> Result<Answer, Failure> {
        let (blocks, protected) = {
            let engine = self.core.engine().await;
            let blocks: Vec<BlockView> = engine.blocks().covering(address).map(BlockView::from).collect();
            let refused = engine.guard().check(IpNetwork::from(address), SourceClass::Peer).err();
            (blocks, refused.map(|refused| refused.to_string()))
        };
        let mut logs = BTreeSet::new();
        let mut own_logs = BTreeSet::new();
        let mut posts = Vec::new();
        for reason in blocks.iter().flat_map(|block| &block.reasons) {
            match &*reason.origin {
                Origin::Local { .. } => own_logs.extend(reason.log),
                Origin::Peer { post, file_hash, .. } => {
                    logs.insert(file_hash.log_id());
                    posts.extend(self.core.database().post(*post).await.map_err(failed)?);
                }
                Origin::Manual { .. } => {}
            }
        }
        posts.extend(self.own_posts(&own_logs).await?);
        logs.extend(own_logs);
        let lines = self.evidence(logs, blocks.iter().map(|block| block.network).collect()).await;
        Ok(Answer::Explanation(Box::new(Explanation { address, blocks, posts, lines, protected })))
    }

    /// The posts by which this agent published these logs.
    async fn own_posts(&self, logs: &BTreeSet<LogId>) -> Result<Vec<PostRecord>, Failure> {
        if logs.is_empty() {
            return Ok(Vec::new());
        }
        let mut posts = self.core.database().posts(RECENT_POSTS).await.map_err(failed)?;
        posts.retain(|record| record.post.owner == self.me && logs.contains(&record.post.file_hash.log_id()));
        Ok(posts)
    }

    /// Lines of the stored logs that accuse somebody in these networks.
    async fn evidence(&self, logs: BTreeSet<LogId>, networks: Vec<IpNetwork>) -> Vec<String> {
        let store = Arc::clone(&self.logs);
        let read = tokio::task::spawn_blocking(move || {
            let logs = logs.into_iter().filter_map(|id| store.read(id).ok().flatten());
            logs.flat_map(|log| accusing_lines(log.bytes(), &networks)).take(MAX_LINES).collect()
        });
        read.await.unwrap_or_default()
    }

    async fn post(&self, id: PostId) -> Result<Answer, Failure> {
        let post = self.core.database().post(id).await.map_err(failed)?;
        post.map(|post| Answer::Post(Box::new(post))).ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("this agent has not seen a post {id}"))
        })
    }

    async fn peers(&self) -> Result<Answer, Failure> {
        let Some((ledger, _)) = &self.ledger else {
            return Err(Failure::new(
                FailureKind::Failed,
                "this agent is standalone and has no peers; set ledger.rpc and ledger.program in the config to join a network",
            ));
        };
        let mut peers = ledger.peers().await.map_err(|error| ledger_failure(&error))?;
        peers.sort_by_key(|peer| (std::cmp::Reverse(peer.karma), peer.key));
        let engine = self.core.engine().await;
        let policy = &engine.rules().policy;
        let view = |peer: crate::domain::Peer| PeerView {
            me: peer.key == self.me,
            believed: policy.believes(&peer),
            peer,
        };
        Ok(Answer::Peers(peers.into_iter().map(view).collect()))
    }
}

fn accusing_lines(log: &[u8], networks: &[IpNetwork]) -> Vec<String> {
    let accuses = |raw: &&[u8]| {
        sentinel_parsers::parse_line(None, raw)
            .is_some_and(|(_, event)| networks.iter().any(|network| network.contains(event.address)))
    };
    log.split(|byte| *byte == b'\n')
        .filter(accuses)
        .take(MAX_LINES)
        .map(|raw| {
            String::from_utf8_lossy(raw).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
        })
        .collect()
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::new(FailureKind::Failed, error)
}

fn ledger_failure(error: &LedgerError) -> Failure {
    Failure::new(FailureKind::Unreachable, error)
}
