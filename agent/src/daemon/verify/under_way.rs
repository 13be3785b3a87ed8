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
    /// Those that were taken back meanwhile.
    retracted: HashMap<PostId, Post>,
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

    /// Takes note of how the ledger shows a post that is being dealt with: what its reporter took back has to be dealt with
    /// once more, all else can wait until the ledger shows it again.
    pub(super) fn note(&mut self, post: Post) {
        if post.retracted {
            self.retracted.insert(post.id, post);
        }
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

    /// Waits until one is done with; none when there is none. Gives it back when it was taken back meanwhile.
    pub(super) async fn done(&mut self) -> Option<Option<Post>> {
        let Ok((owner, id)) = self.work.join_next().await? else { return Some(None) };
        if let Some(posts) = self.reporters.get_mut(&owner) {
            posts.remove(&id);
            if posts.is_empty() {
                self.reporters.remove(&owner);
            }
        }
        Some(self.retracted.remove(&id))
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
        assert!(matches!(under_way.done().await, Some(None)));
        assert!(!under_way.has(&post(1, 1)) && under_way.reporters.is_empty());
        assert!(under_way.done().await.is_none());
    }
    #[tokio::test]
    async fn what_was_taken_back_while_it_was_dealt_with_comes_once_more_and_what_was_liked_does_not() {
        let mut under_way = UnderWay::default();
        let taken_back = Post { retracted: true, ..post(1, 1) };
        for number in [1, 2] {
            under_way.take(post(1, number), |_| ready(()));
        }
        under_way.note(taken_back.clone());
        under_way.note(Post { likes: 9, ..post(1, 2) });
        let mut again = Vec::new();
        while let Some(post) = under_way.done().await {
            again.extend(post);
        }
        assert_eq!(again, [taken_back]);
    }
}
