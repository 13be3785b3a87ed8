//! All endpoints: the first that is not in trouble is asked, the next one when it does not answer.

use std::{ptr, time::Duration};

use futures_util::future::join_all;
use solana_client::{client_error, nonblocking::rpc_client::RpcClient};
use solana_sdk::transaction::TransactionError;

use super::endpoint::{ANSWER_TIMEOUT, Endpoint, is_about_many};
use crate::{
    domain::EndpointReport,
    ledger::{Act, EndpointUrls, LedgerError, SettingsError, SolanaSettings},
};

/// How long the answer about one thing may take while there is somebody else to ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// The endpoints, in the operator's order.
pub(super) struct Endpoints {
    first: Endpoint,
    others: Vec<Endpoint>,
}

impl Endpoints {
    /// # Errors
    /// When a client cannot be set up.
    pub(super) fn new(
        settings: &SolanaSettings,
        make: impl Fn(&EndpointUrls) -> Result<Endpoint, SettingsError>,
    ) -> Result<Self, SettingsError> {
        let others = settings.others.iter().map(&make).collect::<Result<_, _>>()?;
        Ok(Self { first: make(&settings.first)?, others })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Whether there is only one.
    pub(super) fn is_single(&self) -> bool {
        self.others.is_empty()
    }

    /// The one that is asked at the moment: the first that does not rest, or else the one that rests no longer than others.
    pub(super) fn used(&self) -> &Endpoint {
        self.all().min_by_key(|endpoint| endpoint.rest()).unwrap_or(&self.first)
    }

    /// The others, likewise.
    fn behind<'s>(&'s self, used: &'s Endpoint) -> Vec<&'s Endpoint> {
        let mut behind: Vec<_> = self.all().filter(|endpoint| !ptr::eq(*endpoint, used)).collect();
        behind.sort_by_cached_key(|endpoint| endpoint.rest());
        behind
    }

    /// All of them, in the order in which they are to be asked.
    pub(super) fn in_order(&self) -> Vec<&Endpoint> {
        let used = self.used();
        let mut order = vec![used];
        order.extend(self.behind(used));
        order
    }

    /// Asks the one that is used, and the next one when it is in trouble, until one answers.
    pub(super) async fn ask<'s, T, F>(
        &'s self,
        act: Act,
        question: impl Fn(&'s RpcClient) -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = client_error::Result<T>>,
    {
        let used = self.used();
        let mut answer = used.ask(act, self.patience(act), &question).await;
        for endpoint in self.behind(used) {
            match &answer {
                Err(error) if error.is_of_endpoint() => {
                    tracing::debug!(%error, "asking another endpoint of the ledger");
                }
                _ => break,
            }
            answer = endpoint.ask(act, self.patience(act), &question).await;
        }
        answer
    }

    /// Asks all at once that are not in trouble.
    pub(super) async fn ask_each<'s, T, F>(
        &'s self,
        act: Act,
        patience: Duration,
        question: impl Fn(&'s RpcClient) -> F,
    ) -> Vec<(&'s Endpoint, Result<T, LedgerError>)>
    where
        F: Future<Output = client_error::Result<T>>,
    {
        let used = self.used();
        let asked = self.all().filter(|endpoint| ptr::eq(*endpoint, used) || endpoint.rest().is_zero());
        let question = &question;
        join_all(asked.map(|endpoint| async move { (endpoint, endpoint.ask(act, patience, question).await) }))
            .await
    }

    /// Why `act` failed, from what the ledger made of the transaction.
    pub(super) fn transaction_failure(&self, act: Act, error: TransactionError) -> LedgerError {
        self.used().transaction_failure(act, error)
    }

    pub(super) fn reports(&self) -> Vec<EndpointReport> {
        let used = self.used();
        let report = |endpoint: &Endpoint| {
            endpoint.health().report(endpoint.urls().rpc_name(), ptr::eq(endpoint, used))
        };
        self.all().map(report).collect()
    }

    fn patience(&self, act: Act) -> Duration {
        if self.is_single() || is_about_many(act) { ANSWER_TIMEOUT } else { PATIENCE }
    }
}
