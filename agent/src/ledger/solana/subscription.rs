//! Posts as one endpoint tells of them, and those that were made while nobody listened.
//!
//! Subscribe first, then read what is there: a post is in one or the other. The subscription is checked to be
//! alive by the slots that pass, and the posts of the last while are read again from time to time, since
//! endpoints do drop notifications.

use std::{collections::VecDeque, pin::pin, time::Duration, vec};

use futures_util::{Stream, StreamExt, stream};
use jiff::SignedDuration;
use sentinel_interface::discriminator;
use serde_json::json;
use solana_client::rpc_response::RpcKeyedAccount;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    SolanaLedger,
    endpoint::Endpoint,
    news::News,
    websocket::{Said, Websocket, WebsocketError},
};
use crate::{
    domain::Post,
    ledger::{Act, BoxedError, LedgerError},
};

/// How long connecting and subscribing may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Slots pass every 0.4 s: a subscription without any for this long is dead.
const SILENCE: Duration = Duration::from_secs(20);

/// How often posts are read again while the subscription is alive.
const SWEEP: Duration = Duration::from_secs(600);

/// The same when they could not be read.
const NEXT_TRY: Duration = Duration::from_secs(30);

/// New posts that may wait for the receiver. Beyond that the subscription ends until they are delivered: what
/// it would have brought is read afterwards.
const MAX_WAITING: usize = 16_384;

/// The connection is there and the ledger is not.
#[derive(Debug, thiserror::Error)]
#[error("no slot passed for {} s", SILENCE.as_secs())]
struct NoSlots;

/// How one subscription ended.
pub(super) enum End {
    /// Nobody receives any more.
    Receiver,
    /// The receiver is too slow; what was waiting has been delivered.
    Backlog,
}

/// What follows one endpoint.
pub(super) struct Subscription<'a> {
    pub(super) ledger: &'a SolanaLedger,
    pub(super) endpoint: &'a Endpoint,
    /// Of posts made earlier, those that are older do not matter.
    pub(super) max_age: Option<SignedDuration>,
    pub(super) posts: &'a mpsc::Sender<Post>,
    /// What other endpoints have told already.
    pub(super) news: &'a News,
}

impl Subscription<'_> {
    /// One connection, from subscribing to its end.
    pub(super) async fn run(&self) -> Result<End, LedgerError> {
        let mut websocket = self.in_time(self.subscribe()).await?;
        self.endpoint.health().heard();
        tracing::info!(endpoint = self.endpoint.urls().websocket_name(), "following new posts on the ledger");
        let mut waiting = Waiting::default();
        if let End::Receiver = self.listen(&mut websocket, &mut waiting).await? {
            return Ok(End::Receiver);
        }
        drop(websocket);
        for post in waiting.filter(|post| self.is_news(post)) {
            if self.posts.send(post).await.is_err() {
                return Ok(End::Receiver);
            }
        }
        Ok(End::Backlog)
    }

    async fn subscribe(&self) -> Result<Websocket, WebsocketError> {
        let mut websocket = Websocket::connect(self.endpoint.urls().websocket()).await?;
        let program = self.ledger.addresses.program().to_string();
        let config = self.ledger.accounts_config(discriminator::POST);
        websocket.subscribe("programSubscribe", json!([program, config])).await?;
        websocket.subscribe("slotSubscribe", json!([])).await?;
        Ok(websocket)
    }

    async fn listen(&self, websocket: &mut Websocket, waiting: &mut Waiting) -> Result<End, LedgerError> {
        let mut sweeps = pin!(self.sweeps());
        let mut last_slot = Instant::now();
        while waiting.new.len() <= MAX_WAITING {
            tokio::select! {
                permit = self.posts.reserve(), if !waiting.is_empty() => match (permit, waiting.next()) {
                    (Ok(permit), Some(post)) if self.is_news(&post) => permit.send(post),
                    (Ok(_), Some(_)) => {}
                    _ => return Ok(End::Receiver),
                },
                () = self.posts.closed() => return Ok(End::Receiver),
                // It holds whatever is left of the sweep before.
                Some(posts) = sweeps.next() => waiting.swept = posts.into_iter(),
                said = websocket.next() => match said.map_err(|error| self.unheard(error))? {
                    Said::Account(account) => waiting.new.extend(self.post_of(&account)),
                    Said::Slot => last_slot = Instant::now(),
                    Said::Subscribed | Said::Nothing => {}
                },
                () = sleep_until(last_slot + SILENCE) => return Err(self.unheard(NoSlots)),
            }
        }
        Ok(End::Backlog)
    }

    /// Asked when a post is delivered: what still waits when this connection breaks, another endpoint must not leave out.
    fn is_news(&self, post: &Post) -> bool {
        self.ledger.endpoints.is_single() || self.news.are(post, Instant::now().into_std())
    }

    /// The posts of the last while, at once and then from time to time.
    fn sweeps(&self) -> impl Stream<Item = Vec<Post>> {
        stream::unfold(Duration::ZERO, move |pause| async move {
            sleep(pause).await;
            match self.ledger.posts_at(self.endpoint, self.max_age).await {
                Ok(posts) => Some((posts, SWEEP)),
                Err(error) => {
                    tracing::warn!(%error, "posts made earlier cannot be read; trying again");
                    Some((Vec::new(), NEXT_TRY))
                }
            }
        })
    }

    fn post_of(&self, account: &RpcKeyedAccount) -> Option<Post> {
        self.ledger.addresses.read_post(&account.pubkey.parse().ok()?, &account.account)
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
            endpoint: self.endpoint.urls().websocket_name(),
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
