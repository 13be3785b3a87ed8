//! One endpoint that nobody vouches for: what it says is bounded in time, size and number.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use solana_client::{client_error, nonblocking::rpc_client::RpcClient};
use solana_commitment_config::CommitmentConfig;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    bounded::{self, Limits},
    health::Health,
};
use crate::{
    domain::PeerKey,
    ledger::{Act, EndpointUrls, LedgerError, SettingsError},
};

/// How long an endpoint may take for one answer, however often it asks to come back later.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// About one account or transaction.
const SINGLE: Limits = Limits { bytes: 1024 * 1024, timeout: ANSWER_TIMEOUT };
/// Questions of that kind at a time; others wait for their turn.
const SINGLES: usize = 32;

/// About many accounts: some 100,000 posts.
const LIST: Limits = Limits { bytes: 64 * 1024 * 1024, timeout: ANSWER_TIMEOUT };
/// Questions of that kind at a time.
const LISTS: usize = 2;

/// An endpoint, on behalf of one peer.
pub(super) struct Endpoint {
    urls: EndpointUrls,
    payer: PeerKey,
    single: Line,
    list: Line,
    health: Mutex<Health>,
}

/// A way to an endpoint, for answers of one size.
struct Line {
    client: RpcClient,
    turns: Semaphore,
}

impl Line {
    fn new(
        urls: &EndpointUrls,
        commitment: CommitmentConfig,
        limits: Limits,
        turns: usize,
    ) -> Result<Self, SettingsError> {
        let client = bounded::client(urls.rpc(), commitment, limits)?;
        Ok(Self { client, turns: Semaphore::new(turns) })
    }
}

impl Endpoint {
    pub(super) fn new(
        urls: EndpointUrls,
        commitment: CommitmentConfig,
        payer: PeerKey,
    ) -> Result<Self, SettingsError> {
        let single = Line::new(&urls, commitment, SINGLE, SINGLES)?;
        let list = Line::new(&urls, commitment, LIST, LISTS)?;
        Ok(Self { urls, payer, single, list, health: Mutex::default() })
    }

    pub(super) fn urls(&self) -> &EndpointUrls {
        &self.urls
    }

    /// Who pays for what is sent there.
    pub(super) fn payer(&self) -> PeerKey {
        self.payer
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        // Nothing that holds it can leave it half changed.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long it is to be left alone yet, as long as another one answers.
    pub(super) fn rest(&self) -> Duration {
        self.health().rest(Instant::now())
    }

    /// Waits for the answer, remembers whether there was one, and says whose act failed.
    pub(super) async fn ask<'s, T, F>(
        &'s self,
        act: Act,
        patience: Duration,
        question: impl FnOnce(&'s RpcClient) -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = client_error::Result<T>>,
    {
        let answer = self.try_asking(act, patience, question).await;
        match &answer {
            Err(error) if error.is_of_endpoint() => {
                self.health().failed(error.to_string(), (Instant::now(), Timestamp::now()));
            }
            _ => self.health().answered(),
        }
        answer
    }

    /// The same about something that an endpoint may well not know: to have no answer is no trouble then.
    pub(super) async fn try_asking<'s, T, F>(
        &'s self,
        act: Act,
        patience: Duration,
        question: impl FnOnce(&'s RpcClient) -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = client_error::Result<T>>,
    {
        let line = self.line(act);
        let answer = async {
            let _turn = line.turns.acquire().await;
            question(&line.client).await
        };
        match timeout(patience, answer).await {
            Ok(answer) => answer.map_err(|error| self.failure(act, error)),
            Err(elapsed) => {
                Err(LedgerError::Unreachable { act, endpoint: self.urls.rpc_name(), source: elapsed.into() })
            }
        }
    }

    fn line(&self, act: Act) -> &Line {
        if is_about_many(act) { &self.list } else { &self.single }
    }
}

/// Whether the answer lists accounts.
pub(super) fn is_about_many(act: Act) -> bool {
    matches!(act, Act::ReadPeers | Act::ReadPosts | Act::ReadLikes)
}
