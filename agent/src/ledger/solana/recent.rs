//! The posts of the last while, read at a cost that does not grow with those before.

use jiff::{SignedDuration, Timestamp};
use sentinel_interface::{State, discriminator};
use solana_client::{rpc_filter::Memcmp, rpc_response::UiAccount};

use super::{
    SolanaLedger,
    cycles::Cycles,
    endpoint::{ANSWER_TIMEOUT, Endpoint},
};
use crate::{
    domain::Post,
    ledger::{Act, BoxedError, LedgerError},
};

/// How far this clock and the ledger's may be apart.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(15);

impl SolanaLedger {
    /// Every post that `endpoint` shows and that is not older than `max_age`, oldest first.
    pub(super) async fn posts_at(
        &self,
        endpoint: &Endpoint,
        max_age: Option<SignedDuration>,
    ) -> Result<Vec<Post>, LedgerError> {
        let now = Timestamp::now();
        let since = max_age.map(|age| now.saturating_sub(age).unwrap_or(Timestamp::MIN));
        let mut posts = Vec::new();
        for cycle in self.cycles_since(endpoint, since, now).await? {
            let filters = [Memcmp::new_base58_encoded(0, &discriminator::POST)].into_iter().chain(cycle);
            let config = self.config_of(filters.collect());
            let program = self.addresses.program();
            let accounts = endpoint
                .ask(Act::ReadPosts, ANSWER_TIMEOUT, |client| {
                    client.get_program_ui_accounts_with_config(&program, config)
                })
                .await?;
            posts.extend(
                accounts
                    .iter()
                    .filter_map(|(address, account)| self.addresses.read_post(address, account))
                    .filter(|post| since.is_none_or(|since| post.timestamp >= since)),
            );
        }
        posts.sort_by_key(|post| (post.timestamp, post.id));
        Ok(posts)
    }

    /// What selects the posts made since then.
    async fn cycles_since(
        &self,
        endpoint: &Endpoint,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<Option<Memcmp>>, LedgerError> {
        let Some(since) = since else { return Ok(vec![None]) };
        let state = self.network_at(endpoint).await?;
        let from = since.saturating_sub(CLOCK_SLACK).unwrap_or(Timestamp::MIN);
        let to = now.saturating_add(CLOCK_SLACK).unwrap_or(Timestamp::MAX);
        let cycles = Cycles::between(&state, from, to);
        cycles.map(Cycles::filters).map_err(|refusal| LedgerError::Refused { act: Act::ReadState, refusal })
    }

    /// The network's rules, by the first endpoint that answers.
    pub(super) async fn network_now(&self) -> Result<State, LedgerError> {
        let (address, config) = (self.addresses.state(), self.account_config());
        let asked = self
            .endpoints
            .ask(Act::ReadState, |client| client.get_ui_account_with_config(&address, config.clone()));
        let found = asked.await?.value;
        self.network_in(self.endpoints.used(), found.as_ref())
    }

    async fn network_at(&self, endpoint: &Endpoint) -> Result<State, LedgerError> {
        let (address, config) = (self.addresses.state(), self.account_config());
        let asked = endpoint.ask(Act::ReadState, ANSWER_TIMEOUT, |client| {
            client.get_ui_account_with_config(&address, config)
        });
        self.network_in(endpoint, asked.await?.value.as_ref())
    }

    /// The network's rules in what `endpoint` gave as the account that has them.
    fn network_in(&self, endpoint: &Endpoint, account: Option<&UiAccount>) -> Result<State, LedgerError> {
        let malformed = |source: BoxedError| LedgerError::Malformed {
            act: Act::ReadState,
            endpoint: endpoint.urls().rpc_name(),
            source,
        };
        let account = account.ok_or_else(|| malformed(NoNetwork.into()))?;
        self.addresses.state_in(account).map_err(|error| malformed(error.into()))
    }
}

/// The program has not been initialized.
#[derive(Debug, thiserror::Error)]
#[error("it knows no network of this program; is ledger.program right?")]
struct NoNetwork;
