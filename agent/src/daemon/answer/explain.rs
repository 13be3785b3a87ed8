//! The chain of proof: from a block to its reasons, log lines, posts and transactions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ipnetwork::IpNetwork;
use tokio::time::timeout;

use super::{Desk, failed};
use crate::{
    blocks::BlockSet,
    control::{Answer, BlockView, ExplainedBlock, Explanation, Failure, Traffic, TransactionView},
    daemon::engine::Engine,
    domain::{Block, LogId, Origin, PostId, Scope, SourceClass, TxId},
    guard::canonical,
    kernel::Counted,
    record::{PostRecord, PostState, Receipt},
    trust::Ruling,
};

/// Lines of evidence shown.
const MAX_LINES: usize = 20;
/// Blocks shown that stand inside the network in question.
const MAX_INSIDE: usize = 20;
/// Posts whose transactions the ledger is asked for.
const MAX_TRANSACTIONS: usize = 10;
/// How long the ledger may take for all of them: the command line does not wait much longer.
const PATIENCE: Duration = Duration::from_secs(15);

impl Desk {
    pub(super) async fn explain(&self, network: IpNetwork) -> Result<Answer, Failure> {
        let network = canonical(network);
        let (blocks, protected, rulings) = {
            let engine = self.core.engine().await;
            let blocks: Vec<ExplainedBlock> =
                concerned(engine.blocks(), network).iter().map(|block| explained(&engine, block)).collect();
            let refused = engine.guard().check(network, SourceClass::Peer).err();
            let rulings = rulings(&engine, network, &blocks);
            (blocks, refused.map(|refused| refused.to_string()), rulings)
        };
        let blocks = self.with_counters(blocks).await;
        let (posts, logs) = self.proof_of(&blocks).await?;
        let receipts = self.receipts(&logs).await?;
        let networks = blocks.iter().map(|explained| explained.block.network).collect();
        let wanted = wanted(&blocks, &posts);
        let (lines, transactions) = tokio::join!(self.evidence(logs, networks), self.transactions(&wanted));
        let observe = self.core.observes();
        let explanation = Explanation {
            network,
            observe,
            blocks,
            posts,
            transactions,
            receipts,
            rulings,
            lines,
            protected,
        };
        Ok(Answer::Explanation(Box::new(explanation)))
    }

    /// The posts and the logs on which the blocks rest.
    async fn proof_of(
        &self,
        blocks: &[ExplainedBlock],
    ) -> Result<(Vec<PostRecord>, BTreeSet<LogId>), Failure> {
        let (mut own_logs, mut logs) = (BTreeSet::new(), BTreeSet::new());
        let mut posts = BTreeMap::new();
        for reason in blocks.iter().flat_map(|explained| &explained.block.reasons) {
            match &*reason.origin {
                Origin::Local { .. } => own_logs.extend(reason.log),
                Origin::Peer { post, file_hash, .. } => {
                    logs.insert(file_hash.log_id());
                    if !posts.contains_key(post) {
                        posts.insert(*post, self.core.database().post(*post).await.map_err(failed)?);
                    }
                }
                Origin::Manual { .. } => {}
            }
        }
        let mut posts: Vec<PostRecord> = posts.into_values().flatten().collect();
        posts.extend(self.own_posts(&own_logs).await?);
        logs.extend(own_logs);
        Ok((posts, logs))
    }

    /// The posts by which this agent published these logs.
    async fn own_posts(&self, logs: &BTreeSet<LogId>) -> Result<Vec<PostRecord>, Failure> {
        let mut own = Vec::new();
        for log in logs {
            let posts = self.core.database().posts_of_log(*log).await.map_err(failed)?;
            own.extend(posts.into_iter().filter(|record| record.post.owner == self.me));
        }
        Ok(own)
    }

    /// What is remembered of these logs.
    async fn receipts(&self, logs: &BTreeSet<LogId>) -> Result<Vec<Receipt>, Failure> {
        let mut receipts = Vec::new();
        for log in logs {
            receipts.extend(self.core.database().receipt(*log).await.map_err(failed)?);
        }
        Ok(receipts)
    }

    /// The same with what the kernel dropped of each, if it counts.
    async fn with_counters(&self, mut blocks: Vec<ExplainedBlock>) -> Vec<ExplainedBlock> {
        for explained in &mut blocks {
            let BlockView { network, reasons, .. } = &explained.block;
            let scopes = reasons.iter().map(|reason| reason.origin.scope(self.scope_of_peers));
            let counted = self.core.counted(*network, scopes.max().unwrap_or(Scope::All)).await;
            explained.dropped = counted.map(|Counted { packets, bytes }| Traffic { packets, bytes });
        }
        blocks
    }

    /// Lines of the stored logs that accuse somebody in these networks.
    async fn evidence(&self, logs: BTreeSet<LogId>, networks: Vec<IpNetwork>) -> Vec<String> {
        let store = Arc::clone(self.archive.logs());
        let read = tokio::task::spawn_blocking(move || {
            let logs = logs.into_iter().filter_map(|id| store.read(id).ok().flatten());
            logs.flat_map(|log| accusing_lines(log.bytes(), &networks)).take(MAX_LINES).collect()
        });
        read.await.unwrap_or_default()
    }

    /// The transactions that made these posts, as far as they are known here or the ledger tells in time.
    async fn transactions(&self, posts: &BTreeMap<PostId, Option<TxId>>) -> Vec<TransactionView> {
        let mut found = Vec::new();
        let ask = async {
            for (&post, &known) in posts {
                found.push(self.transaction(post, known).await);
            }
        };
        let in_time = timeout(PATIENCE, ask).await.is_ok();
        let missing = posts.keys().skip(found.len()).filter(|_| !in_time).map(|post| TransactionView {
            post: *post,
            tx: None,
            trouble: Some(format!("the ledger has not answered within {} s", PATIENCE.as_secs())),
        });
        let missing: Vec<_> = missing.collect();
        found.into_iter().chain(missing).collect()
    }

    async fn transaction(&self, post: PostId, known: Option<TxId>) -> TransactionView {
        let (tx, trouble) = match (known, &self.ledger) {
            (Some(tx), _) => (Some(tx), None),
            (None, None) => (None, Some("this agent is standalone and asks no ledger".to_owned())),
            (None, Some(ledger)) => match ledger.transaction_of(post).await {
                Ok(Some(tx)) => (Some(tx), None),
                Ok(None) => (None, Some("the ledger no longer knows it".to_owned())),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        TransactionView { post, tx, trouble }
    }
}

/// The blocks that cover the network, the narrowest first, then the first of those inside it.
fn concerned(blocks: &BlockSet, network: IpNetwork) -> Vec<Block> {
    let covers = |block: &Block| block.network.prefix() <= network.prefix();
    let inside = blocks.page(Some(network)).take_while(|block| network.contains(block.network.ip()));
    blocks.covering(network.ip()).filter(covers).chain(inside.take(MAX_INSIDE)).collect()
}

/// What words come to about this network and those of the blocks, as far as there are any.
fn rulings(engine: &Engine, network: IpNetwork, blocks: &[ExplainedBlock]) -> Vec<Ruling> {
    let networks = blocks.iter().map(|explained| explained.block.network).chain([network]);
    let networks: BTreeSet<IpNetwork> = networks.collect();
    let rulings = networks.into_iter().map(|network| engine.docket().ruling(network));
    rulings.filter(|ruling| !ruling.words.is_empty()).collect()
}

fn explained(engine: &Engine, block: &Block) -> ExplainedBlock {
    let offence = engine.offenders().get(block.network);
    ExplainedBlock { block: BlockView::from(block), offence, dropped: None }
}

/// The posts whose transactions are to be shown, each with the one that is known here.
fn wanted(blocks: &[ExplainedBlock], posts: &[PostRecord]) -> BTreeMap<PostId, Option<TxId>> {
    let reasons = blocks.iter().flat_map(|explained| &explained.block.reasons);
    let of_peers = reasons.filter_map(|reason| match &*reason.origin {
        Origin::Peer { post, .. } => Some((*post, None)),
        Origin::Local { .. } | Origin::Manual { .. } => None,
    });
    let own = posts
        .iter()
        .filter(|record| matches!(record.state, PostState::Own { .. } | PostState::Retired { .. }))
        .map(|record| (record.post.id, record.state.made_by()));
    let all: BTreeMap<_, _> = of_peers.chain(own).collect();
    all.into_iter().take(MAX_TRANSACTIONS).collect()
}

fn accusing_lines(log: &[u8], networks: &[IpNetwork]) -> Vec<String> {
    let accuses = |raw: &&[u8]| {
        sentinel_parsers::parse_line(None, raw)
            .is_some_and(|(_, event)| networks.iter().any(|network| network.contains(event.address)))
    };
    log.split(|byte| *byte == b'\n')
        .filter(accuses)
        .take(MAX_LINES)
        .map(|raw| String::from_utf8_lossy(raw).into_owned())
        .collect()
}
