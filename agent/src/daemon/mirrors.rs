//! Copies of popular posts' logs: announced on the ledger once, and withdrawn when they are gone.
//!
//! What is announced stands in the database, and every change of it in the same transaction as what is queued for the
//! ledger. When a copy had to go, the database queues the withdrawal together with the eviction. What a post's owner
//! took off its list stays off, also when this agent is reached elsewhere.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::{sync::Mutex, task::spawn_blocking};

use super::{outbox::Outbox, reach::PublicUrl};
use crate::{
    config::Endpoint,
    domain::{InvalidUrl, LogId, LogUrl, MAX_MIRRORS, Mirror, PeerKey, Post, PostId},
    record::{Announcement, Outgoing, Record, Standing},
    store::{LogStore, database::DatabaseError},
};

/// Why a copy was not announced.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnnounceError {
    #[error("its URL would be invalid: {0}")]
    Url(#[from] InvalidUrl),
    #[error("queueing it for the ledger: {0}")]
    Database(#[from] DatabaseError),
}

/// This agent as a mirror of others' posts.
#[derive(Clone)]
pub(super) struct Mirrors {
    /// What it has copies of.
    pub(super) logs: Arc<LogStore>,
    /// The queue to the ledger, beside which stands what is announced.
    pub(super) outbox: Outbox,
    /// This agent.
    pub(super) me: PeerKey,
    /// The URL under which peers reach this agent; none when it announces nothing.
    pub(super) public_url: Option<PublicUrl>,
    /// A post with more likes is popular.
    pub(super) min_likes: u64,
    /// Held by who announces or moves copies: of two at a time, one would announce a URL that the other has left.
    pub(super) turn: Arc<Mutex<()>>,
}

impl Mirrors {
    /// Brings what was announced before in line with where this agent serves now, or whether it announces anything.
    pub(super) async fn settle(&self) {
        if let Err(error) = self.move_all().await {
            tracing::warn!("bringing mirrors on the ledger in line with the config: {error}");
        }
    }

    /// Settles again whenever this agent is reached elsewhere, for ever.
    pub(super) async fn follow_the_url(&self) {
        let Some(mut public_url) = self.public_url.clone() else { return };
        loop {
            public_url.changed().await;
            self.settle().await;
        }
    }

    /// The ledger shows a post whose log was verified here: announces the copy if the post is popular.
    pub(super) async fn consider(&self, post: &Post) {
        if let Err(error) = self.announce(post).await {
            tracing::warn!(post = %post.id, "not announcing a mirror of post {}: {error}", post.id);
        }
    }

    async fn move_all(&self) -> Result<(), AnnounceError> {
        let _turn = self.turn.lock().await;
        let base = self.public_url.as_ref().map(PublicUrl::get);
        // Where it is reached is not known yet: what was true may still be.
        if base.as_ref().is_some_and(Option::is_none) {
            return Ok(());
        }
        let base = base.flatten();
        for old in self.outbox.database().announcements().await? {
            self.move_one(&old, base.as_ref()).await?;
        }
        Ok(())
    }

    async fn move_one(&self, old: &Announcement, base: Option<&Endpoint>) -> Result<(), AnnounceError> {
        let Announcement { post, log, url, standing, .. } = old;
        let new = base.map(|base| LogUrl::of_mirror(base.base(), *log)).transpose()?;
        if new.as_ref() == Some(url) || *standing == Standing::Delisted {
            return Ok(());
        }
        let mut records =
            vec![Record::Outgoing(Outgoing::RemoveMirror { post: *post, url: url.to_string() })];
        match new {
            Some(url) => records.extend(added(announcement(*post, *log, url))),
            None => records.push(Record::NotAnnounced(*post)),
        }
        Ok(self.outbox.put(records).await?)
    }

    async fn announce(&self, post: &Post) -> Result<(), AnnounceError> {
        let _turn = self.turn.lock().await;
        let listed = post.mirrors.iter().find(|mirror| mirror.peer == self.me);
        if let Some(known) = self.outbox.database().announcement(post.id).await? {
            return self.note(known, listed).await;
        }
        let Some(base) = self.public_url.as_ref().and_then(PublicUrl::get) else { return Ok(()) };
        if post.likes <= self.min_likes || !self.holds(post).await {
            return Ok(());
        }
        let log = post.file_hash.log_id();
        let announcement = announcement(post.id, log, LogUrl::of_mirror(base.base(), log)?);
        let records = match listed {
            // A database that was lost remembers nothing; the ledger does.
            Some(Mirror { url, .. }) if *url == announcement.url.as_str() => {
                vec![Record::Announced(Announcement { standing: Standing::Listed, ..announcement })]
            }
            Some(Mirror { url, .. }) => {
                let old = Outgoing::RemoveMirror { post: post.id, url: url.clone() };
                std::iter::once(Record::Outgoing(old)).chain(added(announcement)).collect()
            }
            None if post.mirrors.len() >= MAX_MIRRORS => return Ok(()),
            None => added(announcement).into(),
        };
        Ok(self.outbox.put(records).await?)
    }

    /// Keeps in mind whether the ledger lists what was announced. An endpoint that lags behind may have shown it as taken
    /// off, so that it stayed where it was when this agent moved: it is moved when it shows up again.
    async fn note(&self, known: Announcement, listed: Option<&Mirror>) -> Result<(), AnnounceError> {
        let standing = known.standing.after(listed.is_some_and(|mirror| mirror.url == known.url.as_str()));
        if standing == known.standing {
            return Ok(());
        }
        let known = Announcement { standing, ..known };
        self.outbox.put(vec![Record::Announced(known.clone())]).await?;
        match self.public_url.as_ref().and_then(PublicUrl::get) {
            Some(base) if standing == Standing::Listed => self.move_one(&known, Some(&base)).await,
            _ => Ok(()),
        }
    }

    /// Whether the post's log is here.
    async fn holds(&self, post: &Post) -> bool {
        let (logs, hash) = (Arc::clone(&self.logs), post.file_hash);
        let held = spawn_blocking(move || logs.open_log(hash.log_id()));
        matches!(held.await, Ok(Ok(Some(log))) if log.hash == hash)
    }
}

fn announcement(post: PostId, log: LogId, url: LogUrl) -> Announcement {
    Announcement { post, log, url, since: Timestamp::now(), standing: Standing::Unseen }
}

fn added(announcement: Announcement) -> [Record; 2] {
    let item = Outgoing::AddMirror { post: announcement.post, url: announcement.url.clone() };
    [Record::Announced(announcement), Record::Outgoing(item)]
}

#[cfg(test)]
mod tests;
