//! Blocks: listed, made, taken back.

use std::{borrow::Borrow, collections::BinaryHeap, net::IpAddr};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{Desk, failed, kept};
use crate::{
    blocks::BlockSet,
    control::{
        Answer, BlockPage, BlockQuery, BlockView, Blocked, Enforced, Entry, Failure, FailureKind,
        MAX_ENTRIES, MAX_PAGE, Refusal,
    },
    daemon::engine::{Engine, Outcome},
    domain::{Block, SourceClass},
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
            each(entries, &mut answer, |entry| judge(&engine, entry, session, Timestamp::now()));
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
        decision.await.committed.map_err(failed)?;
        Ok(Answer::Blocked(answer))
    }

    pub(super) async fn unblock(&self, network: IpNetwork) -> Result<Answer, Failure> {
        let mut removed = None;
        let decision = self.core.decide(|engine, _| match engine.unblock(network) {
            Some((block, outcome)) => {
                removed = Some(BlockView::from(&block));
                outcome
            }
            None => Outcome::default(),
        });
        decision.await.committed.map_err(failed)?;
        removed
            .map(Answer::Unblocked)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{network} is not blocked")))
    }
}

/// The next blocks that the query means, and behind which network to go on. `ahead` gives blocks in the order of their
/// networks; where many are passed over, a page ends early, so that nobody waits for the engine for long.
fn page(
    ahead: impl Iterator<Item = impl Borrow<Block>>,
    query: &BlockQuery,
) -> (Vec<BlockView>, Option<IpNetwork>) {
    let mut views: Vec<BlockView> = Vec::new();
    let mut reasons = 0;
    let mut last = None;
    for (looked_at, block) in ahead.enumerate() {
        let block: &Block = block.borrow();
        if views.len() == query.limit || looked_at == MAX_LOOKED_AT {
            return (views, last);
        }
        if query.filter.admits(block) {
            reasons += block.reasons.len();
            if reasons > MAX_PAGE && !views.is_empty() {
                return (views, last);
            }
            views.push(block.into());
        }
        last = Some(block.network);
    }
    (views, None)
}

/// The first blocks that the query means, in the order of their networks: a page, and one more if there is more.
fn ahead<'a>(blocks: &'a BlockSet, query: &BlockQuery) -> impl Iterator<Item = &'a Block> {
    let candidates: Box<dyn Iterator<Item = &Block>> = match query.filter.covering {
        Some(address) => Box::new(blocks.covering(address)),
        None => Box::new(blocks.iter()),
    };
    let is_ahead = |network| query.after.is_none_or(|after| network > after);
    let mut first = BinaryHeap::new();
    for block in candidates.filter(|block| is_ahead(block.network) && query.filter.admits(block)) {
        first.push(block.network);
        if first.len() > query.limit + 1 {
            first.pop();
        }
    }
    first.into_sorted_vec().into_iter().filter_map(|network| blocks.get(network))
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
    let duration = duration(engine, &entry, session, now)?;
    let guarded =
        engine.guard().check(entry.network, SourceClass::Manual).map_err(|refused| refused.to_string())?;
    let until = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
    Ok(Enforced { network: guarded.network(), until })
}

fn block_one(
    engine: &mut Engine,
    entry: Entry,
    session: Option<IpAddr>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<Enforced, String> {
    let duration = duration(engine, &entry, session, now)?;
    let network = canonical(entry.network);
    let one = engine
        .block_manually(network, duration, kept(&entry.comment), now)
        .map_err(|refused| refused.to_string())?;
    outcome.changes.extend(one.changes);
    outcome.records.extend(one.records);
    outcome.blocked.extend(one.blocked);
    let until = engine.blocks().get(network).map_or(now, |block| block.until());
    Ok(Enforced { network, until })
}

/// How long the entry is to be blocked, unless it has run out or would lock the operator out.
fn duration(
    engine: &Engine,
    entry: &Entry,
    session: Option<IpAddr>,
    now: Timestamp,
) -> Result<SignedDuration, String> {
    let network = canonical(entry.network);
    if let Some(address) = session.filter(|address| network.contains(*address)) {
        return Err(format!(
            "{network} is not blocked: {address} is where you are logged in from, and you would lock yourself out; \
             name networks without it, or do it from the console"
        ));
    }
    match entry.expiry {
        None => Ok(engine.rules().block_for),
        Some(expiry) => {
            expiry.left(now).ok_or_else(|| format!("{network} is not blocked: its time has run out"))
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
