//! Which posts are being dealt with: not too many in all, and not too many of one reporter.

use std::collections::{HashMap, HashSet};

use tokio::task::JoinSet;

use crate::domain::{PeerKey, Post, PostId};

/// Posts under way, waiting ones included; the ledger's next one waits then.
const POSTS: usize = 4096;
/// Posts of one reporter under way; what it posts beyond is left for the ledger's next sweep.
const POSTS_PER_REPORTER: usize = 64;

/// The posts, each with the work on it.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    reporters: HashMap<PeerKey, HashSet<PostId>>,
    work: JoinSet<(PeerKey, PostId)>,
}

impl UnderWay {
    /// Whether another post can be taken.
    pub(super) fn has_room(&self) -> bool {
        self.work.len() < POSTS
    }

    /// Whether this very post is being dealt with.
    pub(super) fn has(&self, post: &Post) -> bool {
        self.reporters.get(&post.owner).is_some_and(|posts| posts.contains(&post.id))
    }

    /// Does `work` on a post, unless there are too many of its reporter.
    pub(super) fn take<W>(&mut self, post: Post, work: impl FnOnce(Post) -> W)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (owner, id) = (post.owner, post.id);
        let posts = self.reporters.entry(owner).or_default();
        if posts.len() >= POSTS_PER_REPORTER {
            return;
        }
        posts.insert(id);
        let work = work(post);
        self.work.spawn(async move {
            work.await;
            (owner, id)
        });
    }

    /// Waits until one is done with; none when there is none.
    pub(super) async fn done(&mut self) -> Option<()> {
        let done = self.work.join_next().await?;
        if let Ok((owner, id)) = done
            && let Some(posts) = self.reporters.get_mut(&owner)
        {
            posts.remove(&id);
            if posts.is_empty() {
                self.reporters.remove(&owner);
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use jiff::Timestamp;

    use super::*;
    use crate::daemon::engine::testing;

    fn post(reporter: u8, number: u8) -> Post {
        let (owner, id) = (PeerKey([reporter; 32]), PostId([number; 32]));
        Post { owner, id, ..testing::post(Timestamp::UNIX_EPOCH) }
    }

    #[tokio::test]
    async fn a_reporter_that_posts_too_much_at_a_time_keeps_nobody_else_waiting() {
        let mut under_way = UnderWay::default();
        for number in 0..=64 {
            under_way.take(post(1, number), |_| pending());
        }
        assert!(under_way.has(&post(1, 63)) && !under_way.has(&post(1, 64)));
        under_way.take(post(2, 65), |_| pending());
        assert!(under_way.has(&post(2, 65)) && under_way.has_room());
    }

    #[tokio::test]
    async fn what_is_done_with_makes_room() {
        let mut under_way = UnderWay::default();
        under_way.take(post(1, 1), |_| ready(()));
        assert!(under_way.done().await.is_some());
        assert!(!under_way.has(&post(1, 1)) && under_way.reporters.is_empty());
        assert!(under_way.done().await.is_none());
    }
}
