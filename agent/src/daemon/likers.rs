//! Who else has a post's log, and who else wants it, as the ledger tells: whoever liked it has verified it, and can serve a copy.
//!
//! The peers are read all together, since the place in the queue depends on all; that is too much to ask for each request
//! that the server gets, so it looks them up by itself, in `directory`.

use std::{
    hash::RandomState,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{sync::broadcast, time::Instant};

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

/// The ledger's peers, or why it does not tell them; many may wait for one answer.
type Answer = Shared<BoxFuture<'static, Result<Arc<[Peer]>, Arc<str>>>>;

/// Knows from the ledger who has a log.
pub(super) struct Likers {
    ledger: Arc<dyn Ledger>,
    me: PeerKey,
    asked: Mutex<Option<(Instant, Answer)>>,
    liked: broadcast::Sender<PostId>,
}

impl Likers {
    /// On behalf of `me`, who is never asked.
    pub(super) fn new(ledger: Arc<dyn Ledger>, me: PeerKey) -> Self {
        Self { ledger, me, asked: Mutex::default(), liked: broadcast::Sender::new(NEWS) }
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
        if let Some((at, answer)) = &*asked
            && is_good(*at, answer)
        {
            return answer.clone();
        }
        let ledger = Arc::clone(&self.ledger);
        let question = tokio::spawn(async move { ledger.peers().await });
        let answer = async move {
            match question.await {
                Ok(Ok(peers)) => Ok(peers.into()),
                Ok(Err(error)) => Err(error.to_string().into()),
                Err(stopped) => Err(stopped.to_string().into()),
            }
        };
        let answer = answer.boxed().shared();
        *asked = Some((Instant::now(), answer.clone()));
        answer
    }

    async fn holders(&self, post: &Post) -> Result<Holders, Arc<str>> {
        let peers = self.peers().await?;
        let likers = self.ledger.likers(post.id).await.map_err(|error| Arc::from(error.to_string()))?;
        let likers = likers.into_iter().collect();
        Ok(holders(post, &peers, &likers, self.me, &RandomState::new()))
    }
}

/// Whether an answer to a question of then, which may be still to come, is good enough now.
fn is_good(at: Instant, answer: &Answer) -> bool {
    at.elapsed() < if let Some(Err(_)) = answer.peek() { FAILED } else { FRESH }
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
}
