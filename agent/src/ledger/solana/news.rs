//! What several endpoints say of the same post, passed on once.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use hashlink::LruCache;

use crate::domain::{Post, PostId};

/// For how long the same is not said again. What comes later comes from the next look at all posts, which is to bring them
/// again.
const WINDOW: Duration = Duration::from_secs(30);

/// Posts of which that is known.
const POSTS: usize = 16_384;

/// Tells what no endpoint has said a moment ago.
pub(super) struct News {
    state: RandomState,
    said: Mutex<LruCache<PostId, Said>>,
}

/// What was said last of a post.
struct Said {
    content: u64,
    at: Instant,
}

impl Default for News {
    fn default() -> Self {
        Self { state: RandomState::new(), said: Mutex::new(LruCache::new(POSTS)) }
    }
}

impl News {
    /// Whether a post that an endpoint shows is to be passed on.
    pub(super) fn are(&self, post: &Post, now: Instant) -> bool {
        let verdicts = (post.likes, post.disputes, post.retracted);
        let content =
            self.state.hash_one((&post.log_url, post.timestamp, verdicts, post.cycle, mirrors(post)));
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_repeated = said
            .get(&post.id)
            .is_some_and(|last| last.content == content && now.saturating_duration_since(last.at) < WINDOW);
        if !is_repeated {
            said.insert(post.id, Said { content, at: now });
        }
        !is_repeated
    }
}

fn mirrors(post: &Post) -> Vec<(&[u8], &str)> {
    post.mirrors.iter().map(|mirror| (mirror.peer.0.as_slice(), mirror.url.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{FileHash, PeerKey};

    fn post(likes: u64) -> Post {
        Post {
            id: PostId([1; 32]),
            owner: PeerKey([2; 32]),
            log_url: "https://a.example/logs/0123456789abcdef".to_owned(),
            file_hash: FileHash([3; 32]),
            timestamp: Timestamp::UNIX_EPOCH,
            likes,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: vec![],
        }
    }

    #[test]
    fn what_two_endpoints_say_is_passed_on_once_and_what_differs_each_time() {
        let (news, now) = (News::default(), Instant::now());
        assert!(news.are(&post(1), now) && !news.are(&post(1), now));
        assert!(news.are(&post(2), now) && !news.are(&post(2), now));
    }

    #[test]
    fn a_later_look_at_all_posts_brings_them_again() {
        let (news, now) = (News::default(), Instant::now());
        assert!(news.are(&post(1), now) && news.are(&post(1), now + WINDOW));
    }
}
