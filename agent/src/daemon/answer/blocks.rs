//! Blocks: listed, made, taken back.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{Desk, failed, kept};
use crate::{
    blocks::BlockSet,
    control::{
        Answer, BlockPage, BlockQuery, BlockView, Blocked, Enforced, Entry, Failure, FailureKind,
        MAX_ENTRIES, MAX_PAGE, Refusal,
    },
    daemon::engine::{Engine, Order, Outcome},
    domain::Block,
    guard::canonical,
};

/// Networks of one request that are logged one by one; of more, only how many they are.
const MAX_LOGGED: usize = 100;

/// Blocks looked at for one page.
const MAX_LOOKED_AT: usize = 50_000;

impl Desk {
    pub(super) async fn blocks(&self, mut query: BlockQuery) -> Answer {
        query.limit = query.limit.clamp(1, MAX_PAGE);
        query.filter.within = query.filter.within.map(canonical);
        query.filter.covering = query.filter.covering.map(|address| address.to_canonical());
        let engine = self.core.engine().await;
        let (blocks, next) = page(ahead(engine.blocks(), &query), &query);
        Answer::Blocks(BlockPage { blocks, next, observe: self.core.observes() })
    }

    pub(super) async fn block(
        &self,
        entries: Vec<Entry>,
        session: Option<IpAddr>,
        trial: bool,
    ) -> Result<Answer, Failure> {
        if entries.len() > MAX_ENTRIES {
            let message =
                format!("{} networks in one request, at most {MAX_ENTRIES} are taken", entries.len());
            return Err(Failure::new(FailureKind::Failed, message));
        }
        let mut answer = Blocked { observe: self.core.observes(), ..Blocked::default() };
        let session = session.map(|address| address.to_canonical());
        if trial {
            let engine = self.core.engine().await;
            let now = self.core.now();
            each(entries, &mut answer, |entry| judge(&engine, entry, session, now));
            return Ok(Answer::Blocked(answer));
        }
        let decision = self.core.decide(|engine, now| {
            let mut outcome = Outcome::default();
            each(entries, &mut answer, |entry| block_one(engine, entry, session, now, &mut outcome));
            if outcome.blocked.len() > MAX_LOGGED {
                tracing::info!("blocking {} networks that the operator named", outcome.blocked.len());
                outcome.blocked.clear();
            }
            outcome
        });
        decision.await.committed().map_err(failed)?;
        Ok(Answer::Blocked(answer))
    }

    pub(super) async fn unblock(&self, network: IpNetwork) -> Result<Answer, Failure> {
        let mut removed = None;
        let decision = self.core.decide(|engine, now| match engine.unblock(network, now) {
            Some((block, outcome)) => {
                removed = Some(BlockView::from(&block));
                outcome
            }
            None => Outcome::default(),
        });
        decision.await.committed().map_err(failed)?;
        removed
            .map(Answer::Unblocked)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{network} is not blocked")))
    }
}

/// The next blocks that the query means, and behind which network to go on. `ahead` gives blocks in the order of their
/// networks; where many are passed over, a page ends early, so that nobody waits for the engine for long.
fn page(ahead: impl Iterator<Item = Block>, query: &BlockQuery) -> (Vec<BlockView>, Option<IpNetwork>) {
    let mut views: Vec<BlockView> = Vec::new();
    let mut reasons = 0;
    let mut last = None;
    for (looked_at, block) in ahead.enumerate() {
        if views.len() == query.limit || looked_at == MAX_LOOKED_AT {
            return (views, last);
        }
        if query.filter.admits(&block) {
            reasons += block.reasons.len();
            if reasons > MAX_PAGE && !views.is_empty() {
                return (views, last);
            }
            views.push((&block).into());
        }
        last = Some(block.network);
    }
    (views, None)
}

/// The blocks that are ahead of the query, in the order of their networks.
fn ahead<'a>(blocks: &'a BlockSet, query: &BlockQuery) -> Box<dyn Iterator<Item = Block> + 'a> {
    match query.filter.covering {
        Some(address) => {
            let is_ahead = |block: &Block| query.after.is_none_or(|after| block.network > after);
            let mut covering: Vec<Block> = blocks.covering(address).filter(is_ahead).collect();
            covering.sort_unstable_by_key(|block| block.network);
            Box::new(covering.into_iter())
        }
        None => Box::new(blocks.page(query.after)),
    }
}

/// Deals with one entry after the other, and notes what became of each.
fn each(entries: Vec<Entry>, answer: &mut Blocked, mut block: impl FnMut(Entry) -> Result<Enforced, String>) {
    for (index, entry) in entries.into_iter().enumerate() {
        match block(entry) {
            Ok(enforced) => answer.blocked.push(enforced),
            Err(why) => answer.refused.push(Refusal { entry: index, why }),
        }
    }
}

/// What would become of the entry.
fn judge(engine: &Engine, entry: Entry, session: Option<IpAddr>, now: Timestamp) -> Result<Enforced, String> {
    let order = order(engine, entry, session, now)?;
    let network = canonical(order.network);
    let until = engine.would_block(&order, now).map_err(|refused| refused.to_string())?;
    Ok(Enforced { network, until })
}

fn block_one(
    engine: &mut Engine,
    entry: Entry,
    session: Option<IpAddr>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<Enforced, String> {
    let order = order(engine, entry, session, now)?;
    let network = canonical(order.network);
    let until = engine.block_manually(order, now, outcome).map_err(|refused| refused.to_string())?;
    Ok(Enforced { network, until })
}

/// The entry as an order, unless its time has run out.
fn order(engine: &Engine, entry: Entry, from: Option<IpAddr>, now: Timestamp) -> Result<Order, String> {
    let network = entry.network;
    let duration = match entry.expiry {
        None => engine.rules().escalation.first,
        Some(expiry) => {
            expiry.left(now).ok_or_else(|| format!("{network} is not blocked: its time has run out"))?
        }
    };
    Ok(Order { network, duration, comment: kept(&entry.comment), from })
}

#[cfg(test)]
pub(super) mod tests;
