//! Everything that an agent asks of the ledger, from joining to leaving, through its own client.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use sentinel_agent::{
    domain::{FileHash, Karma, LogUrl, Mirror, PeerKey, Post},
    identity::Identity,
    ledger::{Founder, Ledger, LedgerError, Refusal, SolanaLedger, VerdictKind},
};
use sentinel_tests::lab::{Lab, LedgerKind, unless_interrupted};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

/// Seconds of a cycle: long enough for the verdicts on a slow machine, and short enough to wait for.
const CYCLE: i64 = 20;
/// How long anything may take: several cycles.
const PATIENCE: Duration = Duration::from_secs(100);
/// A few slots of the ledger.
const SLOTS: Duration = Duration::from_secs(2);
/// Fees that the reporter pays at the most.
const FEES: u64 = 100_000;

#[tokio::test]
async fn posts_and_peers_live_a_whole_life() -> anyhow::Result<()> {
    unless_interrupted(on(&LedgerKind::Dev)).await
}

#[tokio::test]
#[ignore = "needs a solana-test-validator: make test-validator"]
async fn posts_and_peers_live_a_whole_life_on_a_real_validator() -> anyhow::Result<()> {
    unless_interrupted(async { on(&LedgerKind::installed_validator()?).await }).await
}

async fn on(kind: &LedgerKind) -> anyhow::Result<()> {
    let lab = Lab::build()?;
    let ledger = lab.ledger_with_cycles_of(CYCLE, kind).await?;
    let (a, b) = (Identity::generate()?, Identity::generate()?);
    ledger.fund(a.peer_key()).await?;
    ledger.fund(b.peer_key()).await?;
    let founder = Founder { authority: Identity::load(ledger.authority())?, karma: Karma(100) };
    let (reporter, other) = (ledger.client_of(&a)?, Arc::new(ledger.client_of(&b)?));
    reporter_and_other(&ledger, (reporter, a.peer_key()), (other, b.peer_key()), founder).await
}

async fn reporter_and_other(
    ledger: &sentinel_tests::lab::Ledger,
    (reporter, reporter_key): (SolanaLedger, PeerKey),
    (other, other_key): (Arc<SolanaLedger>, PeerKey),
    founder: Founder,
) -> anyhow::Result<()> {
    ledger
        .run(async move {
            reporter.join("https://a.example:9000", Some(&founder)).await?;
            other.join("https://b.example:9000", Some(&founder)).await?;
            let begun_with = reporter.balance().await?;
            let mut posts = Posts::followed_by(Arc::clone(&other));
            let right = posts.published_by(&reporter, "right").await?;
            let wrong = posts.published_by(&reporter, "wrong").await?;

            judged(&other, (&reporter, &reporter_key), (&right, &wrong)).await?;
            taken_back(&reporter, &other, &wrong, &mut posts).await?;
            mirrored(&other, &other_key, &right, &mut posts).await?;
            reporter.set_endpoint("https://moved.example:9000").await?;
            let Err(LedgerError::TooSoon { from, .. }) = reporter.leave().await else {
                anyhow::bail!("nobody leaves within a cycle after a post")
            };

            // With the mirror that it was not told of.
            once_possible(Refusal::StillCounted, || reporter.retire(&right)).await?;
            ensure!(other.close_verdict(VerdictKind::Like, right.id).await?.is_some(), "its post is gone");
            once_possible(Refusal::StillCounted, || other.close_verdict(VerdictKind::Dispute, wrong.id))
                .await?;
            while other.advance_cycle().await?.is_none() {
                sleep(Duration::from_millis(500)).await;
            }
            ensure!(reporter.retire(&wrong).await?.is_some() && reporter.retire(&wrong).await?.is_none());
            let spent = begun_with - reporter.balance().await?;
            ensure!(spent <= FEES, "all rent is back, and {spent} lamports are gone");

            sleep(Duration::try_from(from - Timestamp::now()).unwrap_or_default()).await;
            left(&reporter, &reporter_key).await
        })
        .await
}

/// One post is liked and another disputed: one voter's opinion of their owner is what both come to.
async fn judged(
    voter: &SolanaLedger,
    (reporter, key): (&SolanaLedger, &PeerKey),
    (right, wrong): (&Post, &Post),
) -> anyhow::Result<()> {
    for post in [right, wrong] {
        ensure!(voter.signed(post).await?.get() == post, "its owner signed it");
    }
    ensure!(voter.like(right).await?.is_some() && voter.like(right).await?.is_none());
    ensure!(voter.dispute(wrong).await?.is_some() && voter.dispute(wrong).await?.is_none());
    let karma = reporter.peer(key).await?.map(|peer| peer.karma);
    ensure!(karma == Some(Karma(96)), "{karma:?}");
    Ok(())
}

async fn taken_back(
    reporter: &SolanaLedger,
    other: &SolanaLedger,
    post: &Post,
    posts: &mut Posts,
) -> anyhow::Result<()> {
    ensure!(other.retraction(post).await.is_err(), "its owner has signed nothing of the kind");
    ensure!(reporter.retract(post.id).await?.is_some() && reporter.retract(post.id).await?.is_none());
    let post = posts.next_that(|heard| heard.id == post.id && heard.retracted).await?;
    ensure!(*other.retraction(&post).await?.get() == post.id);
    Ok(())
}

/// A mirror comes, goes and comes again.
async fn mirrored(
    mirror: &SolanaLedger,
    key: &PeerKey,
    post: &Post,
    posts: &mut Posts,
) -> anyhow::Result<()> {
    let url: LogUrl = "https://b.example:9000/mirrors/0123456789abcdef".parse()?;
    let expected = [Mirror { peer: *key, url: url.to_string() }];
    ensure!(mirror.add_mirror(post.id, &url).await?.is_some());
    posts.next_that(|heard| heard.id == post.id && heard.mirrors == expected).await?;
    ensure!(mirror.remove_mirror(post.id, url.as_str()).await?.is_some());
    posts.next_that(|heard| heard.id == post.id && heard.mirrors.is_empty()).await?;
    // In the slot of the first time it would be the same transaction, which the ledger takes once.
    sleep(SLOTS).await;
    ensure!(mirror.add_mirror(post.id, &url).await?.is_some());
    Ok(())
}

async fn left(reporter: &SolanaLedger, key: &PeerKey) -> anyhow::Result<()> {
    // The ledger's clock may be behind this one.
    let mut left = reporter.leave().await;
    while matches!(left, Err(LedgerError::TooSoon { .. })) {
        sleep(Duration::from_secs(1)).await;
        left = reporter.leave().await;
    }
    left?;
    let peer = reporter.peer(key).await?.context("the account stays")?;
    ensure!((peer.active, peer.karma) == (false, Karma(96)), "{peer:?}");
    ensure!(peer.endpoint == "https://moved.example:9000", "{peer:?}");
    Ok(())
}

/// Does what is refused for now again and again, until it has taken effect.
async fn once_possible<T, F>(refusal: Refusal, act: impl Fn() -> F) -> anyhow::Result<()>
where
    F: Future<Output = Result<Option<T>, LedgerError>>,
{
    let tried = async {
        loop {
            match act().await {
                Err(LedgerError::Refused { refusal: given, .. }) if given == refusal => {
                    sleep(Duration::from_millis(500)).await;
                }
                done => break done,
            }
        }
    };
    let done = timeout(PATIENCE, tried).await.with_context(|| format!("refused for ever: {refusal}"))??;
    done.map(drop).context("it had been done before")
}

/// The posts as the ledger shows them.
struct Posts(mpsc::Receiver<Post>);

impl Posts {
    fn followed_by(ledger: Arc<SolanaLedger>) -> Self {
        let (posts, receiver) = mpsc::channel(16);
        tokio::spawn(async move { ledger.follow(None, posts).await });
        Self(receiver)
    }

    /// What a reporter publishes, as it is shown.
    async fn published_by(&mut self, reporter: &SolanaLedger, name: &str) -> anyhow::Result<Post> {
        let url: LogUrl = format!("https://a.example:9000/logs/{name}").parse()?;
        reporter.publish(&url, FileHash::of(name.as_bytes())).await?;
        self.next_that(|post| post.log_url == url.as_str()).await
    }

    async fn next_that(&mut self, wanted: impl Fn(&Post) -> bool) -> anyhow::Result<Post> {
        let found = async {
            loop {
                let post = self.0.recv().await.context("the follower ended")?;
                if wanted(&post) {
                    return Ok(post);
                }
            }
        };
        timeout(PATIENCE, found).await.context("a post is not shown")?
    }
}
