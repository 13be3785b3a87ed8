//! A dev ledger and the peers in it.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use sentinel_agent::{
    domain::{Commitment, FileHash, Karma, LogUrl, PeerKey, Post, ProgramId},
    identity::Identity,
    ledger::{Founder, Ledger, Published, SolanaLedger, SolanaSettings},
};
use sentinel_tests::dev_ledger::{DevLedger, Options};
use tokio::{sync::mpsc, time::timeout};

/// Long enough for any machine; nothing waits for it to pass.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Ten SOL.
pub(crate) const FUNDS: u64 = 10_000_000_000;

pub(crate) async fn dev_ledger() -> DevLedger {
    DevLedger::start(Options::default()).await.unwrap()
}

/// A client of `ledger` that acts as a new peer with ten SOL, outside the network.
pub(crate) async fn stranger(ledger: &DevLedger) -> (SolanaLedger, PeerKey) {
    let identity = Identity::generate().unwrap();
    ledger.fund(&identity.peer_key(), FUNDS).await.unwrap();
    (client(&ledger.rpc_url, ledger, &identity), identity.peer_key())
}

/// The same, joined with the authority's word for `karma`.
pub(crate) async fn founder(ledger: &DevLedger, karma: u64) -> (SolanaLedger, PeerKey) {
    let identity = Identity::generate().unwrap();
    (founder_as(ledger, &identity, karma).await, identity.peer_key())
}

/// The same with this identity.
pub(crate) async fn founder_as(ledger: &DevLedger, identity: &Identity, karma: u64) -> SolanaLedger {
    ledger.fund(&identity.peer_key(), FUNDS).await.unwrap();
    let client = client(&ledger.rpc_url, ledger, identity);
    let founder = Founder { authority: ledger.authority.clone(), karma: Karma(karma) };
    client.join("https://peer.example:9000", Some(&founder)).await.unwrap();
    client
}

pub(crate) fn client(rpc_url: &str, ledger: &DevLedger, identity: &Identity) -> SolanaLedger {
    SolanaLedger::new(settings(rpc_url, None, ledger), identity).unwrap()
}

pub(crate) fn settings(rpc_url: &str, websocket_url: Option<&str>, ledger: &DevLedger) -> SolanaSettings {
    let program = ProgramId(ledger.program.to_bytes());
    SolanaSettings::new(rpc_url, websocket_url, program, Commitment::Confirmed).unwrap()
}

pub(crate) fn log_url(name: &str) -> LogUrl {
    format!("https://peer.example:9000/logs/{name}").parse().unwrap()
}

pub(crate) async fn publish(client: &SolanaLedger, name: &str) -> Published {
    client.publish(&log_url(name), FileHash::of(name.as_bytes())).await.unwrap()
}

/// The posts that a stranger hears of, in the order in which it does.
pub(crate) struct Following(mpsc::Receiver<Post>);

impl Following {
    /// Follows from the beginning.
    pub(crate) async fn all(ledger: &DevLedger) -> Self {
        Self::not_older_than(ledger, None).await
    }

    /// Follows from what is not older than `max_age` on.
    pub(crate) async fn not_older_than(ledger: &DevLedger, max_age: Option<SignedDuration>) -> Self {
        let (client, _) = stranger(ledger).await;
        Self::by(Arc::new(client), max_age)
    }

    /// The same as this client hears of it.
    pub(crate) fn by(client: Arc<SolanaLedger>, max_age: Option<SignedDuration>) -> Self {
        let (posts, receiver) = mpsc::channel(16);
        tokio::spawn(async move { client.follow(max_age, posts).await });
        Self(receiver)
    }

    /// The next post.
    pub(crate) async fn next(&mut self) -> Post {
        self.next_that(|_| true).await
    }

    /// The next post that satisfies `wanted`; those before it are passed over.
    pub(crate) async fn next_that(&mut self, wanted: impl Fn(&Post) -> bool) -> Post {
        let found = async {
            loop {
                let post = self.0.recv().await.expect("the follower goes on for ever");
                if wanted(&post) {
                    return post;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("the post arrives")
    }
}
