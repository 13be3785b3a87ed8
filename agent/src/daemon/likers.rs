//! Who else has a post's log, and who else wants it, as the ledger tells: whoever liked it has verified it, and can serve a copy.
//!
//! The peers are read all together, since the place in the queue depends on all; that is too much to ask for each request
//! that the server gets, so it looks them up by itself, in `directory`.

use std::{
    hash::RandomState,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{
    sync::{Semaphore, broadcast},
    time::Instant,
};

use crate::{
    domain::{Peer, PeerKey, Post, PostId},
    fetch::{self, Copies, Holders, Wanted, holders},
    ledger::Ledger,
};

/// Likes that whoever waits for them may be behind.
const NEWS: usize = 64;
/// How long the ledger's peers are remembered.
const FRESH: Duration = Duration::from_secs(60);
/// How long it is remembered that the ledger did not tell them.
const FAILED: Duration = Duration::from_secs(10);

/// Posts whose likers are asked for at a time: thousands may be under way, and anybody can have each looked at again.
const AT_ONCE: usize = 4;

/// The ledger's peers, or why it does not tell them; many may wait for one answer.
type Answer = Shared<BoxFuture<'static, Result<Arc<[Peer]>, Arc<str>>>>;

/// The last question for all peers.
struct Asked {
    at: Instant,
    /// When it turned out that the ledger does not tell.
    failed: Arc<OnceLock<Instant>>,
    answer: Answer,
}

impl Asked {
    /// Whether the answer, which may be still to come, is good enough now.
    fn is_good(&self, now: Instant) -> bool {
        match self.failed.get() {
            Some(failed) => now.duration_since(*failed) < FAILED,
            None => now.duration_since(self.at) < FRESH,
        }
    }
}

/// Knows from the ledger who has a log.
pub(super) struct Likers {
    ledger: Arc<dyn Ledger>,
    me: PeerKey,
    asked: Mutex<Option<Asked>>,
    at_once: Semaphore,
    liked: broadcast::Sender<PostId>,
}

impl Likers {
    /// On behalf of `me`, who is never asked.
    pub(super) fn new(ledger: Arc<dyn Ledger>, me: PeerKey) -> Self {
        let (at_once, liked) = (Semaphore::new(AT_ONCE), broadcast::Sender::new(NEWS));
        Self { ledger, me, asked: Mutex::default(), at_once, liked }
    }

    /// Tells whoever waits for the log of this post that more may have it.
    pub(super) fn liked(&self, post: PostId) {
        // Most of the time nobody waits.
        let _ = self.liked.send(post);
    }

    /// Who has the log of this post.
    pub(super) fn of<'a>(&'a self, post: &'a Post) -> impl Copies + 'a {
        OfPost { likers: self, post }
    }

    /// All peers, asked for by a task of its own: it goes on when nobody has the time to wait for the answer, and nobody
    /// asks beside it.
    fn peers(&self) -> Answer {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let at = Instant::now();
        if let Some(asked) = asked.as_ref().filter(|asked| asked.is_good(at)) {
            return asked.answer.clone();
        }
        let (ledger, failed) = (Arc::clone(&self.ledger), Arc::new(OnceLock::new()));
        let noted = Arc::clone(&failed);
        let question = tokio::spawn(async move {
            ledger.peers().await.inspect_err(|_| {
                noted.get_or_init(Instant::now);
            })
        });
        let answer = async move {
            match question.await {
                Ok(Ok(peers)) => Ok(peers.into()),
                Ok(Err(error)) => Err(error.to_string().into()),
                Err(stopped) => Err(stopped.to_string().into()),
            }
        };
        let answer = answer.boxed().shared();
        *asked = Some(Asked { at, failed, answer: answer.clone() });
        answer
    }

    async fn holders(&self, post: &Post) -> Result<Holders, Arc<str>> {
        let peers = self.peers().await?;
        // A closed semaphore lets everybody pass; nobody closes this one.
        let _permit = self.at_once.acquire().await;
        let likers = self.ledger.likers(post.id).await.map_err(|error| Arc::from(error.to_string()))?;
        let likers = likers.into_iter().collect();
        Ok(holders(post, &peers, &likers, self.me, &RandomState::new()))
    }
}

struct OfPost<'a> {
    likers: &'a Likers,
    post: &'a Post,
}

impl OfPost<'_> {
    /// Whoever is not known is nobody.
    fn unknown<T: Default>(&self, error: &str) -> T {
        tracing::debug!(post = %self.post.id, "looking for copies of a log: {error}");
        T::default()
    }
}

#[async_trait]
impl Copies for OfPost<'_> {
    async fn find(&self, _: &Wanted) -> Holders {
        let found = self.likers.holders(self.post).await;
        found.unwrap_or_else(|error| self.unknown(&error))
    }

    async fn ahead(&self) -> usize {
        match self.likers.peers().await {
            Ok(peers) => fetch::ahead(self.likers.me, self.post.owner, &peers, self.post.file_hash),
            Err(error) => self.unknown(&error),
        }
    }

    fn news(&self) -> BoxFuture<'_, ()> {
        let mut liked = self.likers.liked.subscribe();
        // Whoever missed some looks too.
        async move { while liked.recv().await.is_ok_and(|post| post != self.post.id) {} }.boxed()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::{sleep, timeout},
    };

    use super::*;
    use crate::{
        daemon::engine::testing,
        domain::{Commitment, ProgramId},
        identity::Identity,
        ledger::{SolanaLedger, SolanaSettings},
    };

    const NO_PEERS: &str = r#"200 OK|{"jsonrpc":"2.0","result":[],"id":0}"#;
    const OUTAGE: &str = "500 Internal Server Error|";

    /// Likers who ask a ledger that takes so long to answer, and how often it was asked.
    async fn likers(answer: &'static str, delay: Duration) -> (Likers, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rpc_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    sleep(delay).await;
                    let (status, body) = answer.split_once('|').unwrap();
                    let head =
                        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}", body.len());
                    let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
                });
            }
        });
        let (program, identity) = (ProgramId([7; 32]), Identity::generate().unwrap());
        let settings = SolanaSettings::new(&rpc_url, None, program, Commitment::Confirmed).unwrap();
        let ledger = SolanaLedger::new(settings, &identity).unwrap();
        (Likers::new(Arc::new(ledger), identity.peer_key()), asked)
    }

    #[tokio::test]
    async fn a_slow_ledger_is_asked_once_however_many_have_no_time_to_wait() {
        let (likers, asked) = likers(NO_PEERS, Duration::from_millis(500)).await;
        for _ in 0..10 {
            assert!(timeout(Duration::from_millis(10), likers.peers()).await.is_err());
        }
        assert_eq!(likers.peers().await.map(|peers| peers.len()), Ok(0));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_ledger_that_does_not_answer_is_not_asked_again_at_once() {
        let (likers, asked) = likers(OUTAGE, Duration::ZERO).await;
        for _ in 0..10 {
            assert!(likers.peers().await.is_err());
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn the_ledger_is_left_alone_from_its_failure_on_however_long_that_took_and_whoever_waited() {
        let (likers, _) = likers(OUTAGE, Duration::from_millis(300)).await;
        drop(likers.peers());
        let asked = likers.asked.lock().unwrap().take().unwrap();
        let failed = loop {
            if let Some(failed) = asked.failed.get() {
                break *failed;
            }
            sleep(Duration::from_millis(10)).await;
        };
        let just = Duration::from_millis(1);
        assert!(asked.is_good(failed + FAILED - just) && !asked.is_good(failed + FAILED));
    }

    #[tokio::test]
    async fn however_many_posts_are_looked_at_the_ledger_is_asked_for_few_at_a_time() {
        let (likers, asked) = likers(NO_PEERS, Duration::from_millis(500)).await;
        assert!(likers.peers().await.is_ok());
        let post = testing::post(jiff::Timestamp::UNIX_EPOCH);
        let looks = futures_util::future::join_all((0..20).map(|_| likers.holders(&post)));
        assert!(timeout(Duration::from_millis(400), looks).await.is_err());
        let asked = asked.load(Ordering::Relaxed) - 1;
        assert!((1..=AT_ONCE).contains(&asked), "{asked} of 20");
    }
}
