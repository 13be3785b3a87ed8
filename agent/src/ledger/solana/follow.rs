//! Posts as they are made, and those that were made while nobody listened.
//!
//! Subscribe first, then read what is there: a post is in one or the other. The subscription is checked to be
//! alive by the slots that pass, and everything is read again from time to time, since endpoints do drop
//! notifications.

use std::{collections::VecDeque, future::ready, pin::pin, time::Duration, vec};

use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use sentinel_interface::discriminator;
use solana_client::{nonblocking::pubsub_client::PubsubClient, rpc_response::RpcKeyedAccount};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use super::SolanaLedger;
use crate::{
    backoff::Backoff,
    domain::Post,
    ledger::{Act, BoxedError, LedgerError},
};

/// How long connecting and subscribing may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Slots pass every 0.4 s: a subscription without any for this long is dead.
const SILENCE: Duration = Duration::from_secs(20);

/// How often all posts are read again while the subscription is alive.
const SWEEP: Duration = Duration::from_secs(600);

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// New posts that may wait for the receiver. Beyond that the subscription ends until they are delivered: what
/// it would have brought is read afterwards.
const MAX_WAITING: usize = 16_384;

/// Why a subscription ended, other than by the receiver.
#[derive(Debug, thiserror::Error)]
enum Silent {
    #[error("the endpoint closed the subscription")]
    Closed,
    #[error("no slot passed for {} s", SILENCE.as_secs())]
    NoSlots,
}

/// How one subscription ended.
enum End {
    /// Nobody receives any more.
    Receiver,
    /// The receiver is too slow; what was waiting has been delivered.
    Backlog,
}

impl SolanaLedger {
    pub(super) async fn follow_posts(&self, since: Option<Timestamp>, posts: mpsc::Sender<Post>) {
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            let begun = Instant::now();
            match self.subscription(since, &posts).await {
                Ok(End::Receiver) => return,
                Ok(End::Backlog) => {}
                Err(error) => tracing::warn!(%error, "the ledger is not heard; trying again"),
            }
            if begun.elapsed() > LONGEST_PAUSE {
                backoff.reset();
            }
            tokio::select! {
                () = posts.closed() => return,
                () = sleep(backoff.pause()) => {}
            }
        }
    }

    /// One connection, from subscribing to its end.
    async fn subscription(
        &self,
        since: Option<Timestamp>,
        posts: &mpsc::Sender<Post>,
    ) -> Result<End, LedgerError> {
        let client = self.in_time(PubsubClient::new(self.settings.websocket_url())).await?;
        let mut waiting = Waiting::default();
        if let End::Receiver = self.listen(&client, since, posts, &mut waiting).await? {
            return Ok(End::Receiver);
        }
        drop(client);
        for post in waiting {
            if posts.send(post).await.is_err() {
                return Ok(End::Receiver);
            }
        }
        Ok(End::Backlog)
    }

    async fn listen(
        &self,
        client: &PubsubClient,
        since: Option<Timestamp>,
        posts: &mpsc::Sender<Post>,
        waiting: &mut Waiting,
    ) -> Result<End, LedgerError> {
        let program = self.addresses.program();
        let config = self.accounts_config(discriminator::POST);
        let (accounts, _) = self.in_time(client.program_subscribe(&program, Some(config))).await?;
        let (slots, _) = self.in_time(client.slot_subscribe()).await?;
        tracing::info!(endpoint = self.settings.websocket_endpoint(), "following new posts on the ledger");
        let accounts = accounts.map(|account| Heard::Post(self.post_of(&account.value)));
        let slots = slots.map(|_| Heard::Slot).chain(stream::once(ready(Heard::Nothing)));
        let mut heard = pin!(stream::select(stream::select(accounts, slots), self.sweeps(since)));
        while waiting.new.len() <= MAX_WAITING {
            tokio::select! {
                permit = posts.reserve(), if !waiting.is_empty() => match (permit, waiting.next()) {
                    (Ok(permit), Some(post)) => permit.send(post),
                    _ => return Ok(End::Receiver),
                },
                () = posts.closed() => return Ok(End::Receiver),
                next = timeout(SILENCE, heard.next()) => match next {
                    Ok(Some(Heard::Post(post))) => waiting.new.extend(post),
                    // It holds whatever is left of the sweep before.
                    Ok(Some(Heard::Sweep(posts))) => waiting.swept = posts.into_iter(),
                    Ok(Some(Heard::Slot)) => {}
                    Ok(Some(Heard::Nothing) | None) => return Err(self.unheard(Silent::Closed)),
                    Err(_) => return Err(self.unheard(Silent::NoSlots)),
                },
            }
        }
        Ok(End::Backlog)
    }

    /// All posts since `since`, at once and then from time to time.
    fn sweeps(&self, since: Option<Timestamp>) -> impl Stream<Item = Heard> {
        stream::unfold(Duration::ZERO, move |pause| async move {
            sleep(pause).await;
            match self.posts(since).await {
                Ok(posts) => Some((Heard::Sweep(posts), SWEEP)),
                Err(error) => {
                    tracing::warn!(%error, "posts made earlier cannot be read; trying again");
                    Some((Heard::Sweep(Vec::new()), LONGEST_PAUSE))
                }
            }
        })
    }

    fn post_of(&self, account: &RpcKeyedAccount) -> Option<Post> {
        self.addresses.read_post(&account.pubkey.parse().ok()?, &account.account)
    }

    async fn in_time<T, E: Into<BoxedError>>(
        &self,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, LedgerError> {
        match timeout(CONNECT_TIMEOUT, step).await {
            Ok(done) => done.map_err(|error| self.unheard(error)),
            Err(elapsed) => Err(self.unheard(elapsed)),
        }
    }

    fn unheard(&self, reason: impl Into<BoxedError>) -> LedgerError {
        LedgerError::Unreachable {
            act: Act::Follow,
            endpoint: self.settings.websocket_endpoint(),
            source: reason.into(),
        }
    }
}

/// Posts on their way to the receiver, new ones first: of them, seconds matter.
#[derive(Default)]
struct Waiting {
    new: VecDeque<Post>,
    swept: vec::IntoIter<Post>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.new.is_empty() && self.swept.len() == 0
    }
}

impl Iterator for Waiting {
    type Item = Post;

    fn next(&mut self) -> Option<Post> {
        self.new.pop_front().or_else(|| self.swept.next())
    }
}

/// What came from the ledger.
enum Heard {
    /// An account of a post changed; none when it was no post after all.
    Post(Option<Post>),
    Slot,
    Sweep(Vec<Post>),
    /// The subscription is over.
    Nothing,
}
