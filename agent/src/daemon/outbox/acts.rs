//! What becomes of each item, on the ledger and in memory.

use jiff::Timestamp;

use super::sender::Sender;
use crate::{
    domain::{FileHash, LogUrl, Post, PostId, TxId},
    ledger::{LedgerError, VerdictKind},
    record::{Outgoing, PostRecord, PostState, Record},
    store::database::DatabaseError,
};

/// Why an item was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl SendError {
    /// Whether trying again could never help.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Ledger(error) if error.is_final())
    }
}

/// What to remember of an item that is never sent.
pub(super) fn given_up(item: &Outgoing) -> Vec<Record> {
    match item {
        Outgoing::AddMirror { post, .. } => vec![Record::NotAnnounced(*post)],
        Outgoing::Retire { post } => vec![Record::Retired(*post, Timestamp::now())],
        Outgoing::CloseVerdicts { post } => vec![Record::VerdictsClosed(*post, Timestamp::now())],
        _ => vec![],
    }
}

/// The same where there is too little to spend; none for what waits until there is more. Likes and mirrors are left out,
/// so that the next day's posts do not queue behind them.
pub(super) fn without_means(item: &Outgoing) -> Option<Vec<Record>> {
    match item {
        Outgoing::Like { .. } | Outgoing::AddMirror { .. } => Some(given_up(item)),
        _ => None,
    }
}

impl Sender {
    /// Sends the item; gives back what is to be remembered besides that it was sent.
    pub(super) async fn act(&self, item: &Outgoing) -> Result<Vec<Record>, SendError> {
        match item {
            Outgoing::Publish { log_url, file_hash } => self.publish(log_url, *file_hash).await,
            Outgoing::Like { post } => self.like(post).await,
            Outgoing::Dispute { post } => self.dispute(post).await,
            Outgoing::AddMirror { post, url } => self.add_mirror(*post, url).await,
            Outgoing::RemoveMirror { post, url } => self.remove_mirror(*post, url).await,
            Outgoing::Retract { post } => self.retract(*post).await,
            Outgoing::Retire { post } => self.retire(*post).await,
            Outgoing::CloseVerdicts { post } => self.close_verdicts(*post).await,
            Outgoing::AdvanceCycle => self.advance_cycle().await,
        }
    }

    async fn publish(&self, log_url: &LogUrl, file_hash: FileHash) -> Result<Vec<Record>, SendError> {
        let published = self.ledger.publish(log_url, file_hash).await?;
        tracing::info!(
            step = "posted",
            post = %published.post,
            tx = published.tx.map(|tx| tx.to_string()),
            log = %file_hash.log_id(),
            "posted {}", published.post
        );
        let post = Post {
            id: published.post,
            owner: self.me,
            log_url: log_url.to_string(),
            file_hash,
            timestamp: Timestamp::now(),
            likes: 0,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: vec![],
        };
        let known = self.database.post(published.post).await?;
        Ok(own_post(known, post, published.tx).map(|own| Record::Post(Box::new(own))).into_iter().collect())
    }

    async fn dispute(&self, post: &Post) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.dispute(post).await?;
        let tx = tx.map(|tx| tx.to_string());
        tracing::info!(step = "disputed", post = %post.id, tx, "disputed {}", post.id);
        Ok(vec![])
    }

    /// A copy that is announced elsewhere by now, or nowhere, is left out: the program refuses what lies outside the
    /// endpoint of today, and what comes after it would wait for ever.
    async fn add_mirror(&self, post: PostId, url: &LogUrl) -> Result<Vec<Record>, SendError> {
        if self.database.announcement(post).await?.is_none_or(|announced| announced.url != *url) {
            return Ok(vec![]);
        }
        let tx = self.ledger.add_mirror(post, url).await?;
        tracing::info!(step = "mirrored", %post, tx = tx.map(|tx| tx.to_string()), "mirroring post {post}");
        Ok(vec![])
    }

    async fn remove_mirror(&self, post: PostId, url: &str) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.remove_mirror(post, url).await?;
        let tx = tx.map(|tx| tx.to_string());
        tracing::info!(step = "withdrawn", %post, tx, "no longer mirroring post {post}");
        Ok(vec![])
    }

    async fn like(&self, post: &Post) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.like(post).await?;
        tracing::info!(step = "liked", post = %post.id, tx = tx.map(|tx| tx.to_string()), "liked {}", post.id);
        Ok(vec![Record::Liked(post.id)])
    }

    async fn retract(&self, post: PostId) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.retract(post).await?;
        tracing::info!(step = "retracted", %post, tx = tx.map(|tx| tx.to_string()), "took post {post} back");
        Ok(vec![Record::Retracted(post)])
    }

    async fn retire(&self, post: PostId) -> Result<Vec<Record>, SendError> {
        let Some(PostRecord { post: own, .. }) = self.database.post(post).await? else { return Ok(vec![]) };
        let tx = self.ledger.retire(&own).await?;
        let tx = tx.map(|tx| tx.to_string());
        tracing::info!(step = "retired", %post, tx, "retired post {post}: its rent is back");
        Ok(vec![Record::Retired(post, Timestamp::now())])
    }

    async fn close_verdicts(&self, post: PostId) -> Result<Vec<Record>, SendError> {
        let Some(PostRecord { liked, disputed, .. }) = self.database.post(post).await? else {
            return Ok(vec![]);
        };
        let given = [liked.then_some(VerdictKind::Like), disputed.map(|_| VerdictKind::Dispute)];
        for kind in given.into_iter().flatten() {
            let tx = self.ledger.close_verdict(kind, post).await?;
            let tx = tx.map(|tx| tx.to_string());
            tracing::info!(step = "verdict-closed", %post, tx, "closed a verdict on post {post}: its rent is back");
        }
        Ok(vec![Record::VerdictsClosed(post, Timestamp::now())])
    }

    async fn advance_cycle(&self) -> Result<Vec<Record>, SendError> {
        if let Some(tx) = self.ledger.advance_cycle().await? {
            tracing::info!(step = "cycle-advanced", %tx, "recorded on the ledger that a cycle is over");
        }
        Ok(vec![])
    }
}

/// What is to be remembered of a post that was published; none when it is known. What was sent twice, because a crash
/// kept the first time from being remembered, is `known` with what became of it meanwhile; what was retired is a new post.
fn own_post(known: Option<PostRecord>, post: Post, tx: Option<TxId>) -> Option<PostRecord> {
    let Some(known) = known.filter(|known| !matches!(known.state, PostState::Retired { .. })) else {
        return Some(PostRecord {
            post,
            seen: Timestamp::now(),
            state: PostState::Own { tx },
            liked: false,
            disputed: None,
            is_dispute_queued: false,
        });
    };
    let lacks_tx = !matches!(known.state, PostState::Own { tx: Some(_) });
    (lacks_tx && tx.is_some()).then_some(PostRecord { state: PostState::Own { tx }, ..known })
}
