//! What all endpoints say of peers.

use std::{collections::HashMap, fmt::Write as _, time::Duration};

use jiff::Timestamp;
use tokio::time::sleep;

use sentinel_interface::discriminator;

use super::{
    SolanaLedger,
    endpoint::{ANSWER_TIMEOUT, Endpoint},
};
use crate::{
    domain::{Census, Peer, PeerKey},
    ledger::{Act, LedgerError},
};

/// How long each may take to tell of one peer; one that is slower has no say.
const PATIENCE: Duration = Duration::from_secs(2);

/// Pauses before they are asked once more: one endpoint is some slots ahead of another.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(400), Duration::from_millis(1600)];

type Answer<'a> = (&'a Endpoint, Option<Peer>);

impl SolanaLedger {
    /// The peer as all endpoints know it that answer.
    pub(super) async fn agreed_peer(&self, key: &PeerKey) -> Result<Option<Peer>, LedgerError> {
        let mut answers = Vec::new();
        for pause in PAUSES {
            sleep(pause).await;
            answers = self.answers_about(key).await?;
            if let Some(agreed) = agreement(&answers) {
                return Ok(agreed);
            }
        }
        let text = describe(&answers);
        for (endpoint, _) in &answers {
            endpoint.health().disagreed(format!("about {key}: {text}"), Timestamp::now());
        }
        Err(LedgerError::Disagreement { act: Act::ReadPeer, peer: *key, answers: text })
    }

    /// All peers, as all endpoints know them that answer.
    pub(super) async fn all_peers(&self) -> Result<Census, LedgerError> {
        let mut census = Census::default();
        for pause in PAUSES {
            sleep(pause).await;
            let answers = self.answers_about_all().await?;
            census = compare(answers.iter().map(|(_, peers)| peers.as_slice()));
            census.is_complete = answers.len() == self.endpoints.all().count();
            let Some(one) = census.disagreed.first() else { return Ok(census) };
            let (number, peer) = (census.disagreed.len(), one.key);
            for (endpoint, _) in &answers {
                let text = format!("about {number} peers, among them {peer}");
                endpoint.health().disagreed(text, Timestamp::now());
            }
        }
        Ok(census)
    }

    async fn answers_about_all(&self) -> Result<Vec<(&Endpoint, Vec<Peer>)>, LedgerError> {
        let (program, config) = (self.addresses.program(), self.accounts_config(discriminator::PEER));
        let asked = self.endpoints.ask_each(Act::ReadPeers, ANSWER_TIMEOUT, |client| {
            client.get_program_ui_accounts_with_config(&program, config.clone())
        });
        heard(asked.await.into_iter().map(|(endpoint, answer)| {
            let read = |(address, account): &_| self.addresses.read_peer(address, account);
            (endpoint, answer.map(|accounts| accounts.iter().filter_map(read).collect()))
        }))
    }

    async fn answers_about(&self, key: &PeerKey) -> Result<Vec<Answer<'_>>, LedgerError> {
        let (address, config) = (self.addresses.peer(key), self.account_config());
        let asked = self.endpoints.ask_each(Act::ReadPeer, PATIENCE, |client| {
            let config = config.clone();
            async move { client.get_ui_account_with_config(&address, config).await }
        });
        heard(asked.await.into_iter().map(|(endpoint, answer)| {
            let peer = answer.and_then(|account| self.peer_of(endpoint, &address, account.value));
            (endpoint, peer)
        }))
    }
}

/// The answers of those endpoints that gave one.
///
/// # Errors
/// When none did.
fn heard<'e, T>(
    asked: impl Iterator<Item = (&'e Endpoint, Result<T, LedgerError>)>,
) -> Result<Vec<(&'e Endpoint, T)>, LedgerError> {
    let (mut answers, mut silence) = (Vec::new(), None);
    for (endpoint, answer) in asked {
        match answer {
            Ok(answer) => answers.push((endpoint, answer)),
            Err(error) => {
                tracing::debug!(%error, "an endpoint of the ledger has no say about peers");
                silence = Some(error);
            }
        }
    }
    match silence {
        Some(error) if answers.is_empty() => Err(error),
        _ => Ok(answers),
    }
}

/// What was said of one peer.
struct Said {
    /// By how many.
    times: usize,
    /// Whether it was the same each time.
    same: bool,
    best: Peer,
}

/// What these answers have in common, and the best that any of them says where they differ.
fn compare<'a>(answers: impl Iterator<Item = &'a [Peer]>) -> Census {
    let (mut number, mut said) = (0, HashMap::<PeerKey, Said>::new());
    for answer in answers {
        let by: HashMap<PeerKey, &Peer> = answer.iter().map(|peer| (peer.key, peer)).collect();
        number += 1;
        for (key, peer) in by {
            let Said { times, same, best } =
                said.entry(key).or_insert_with(|| Said { times: 0, same: true, best: peer.clone() });
            *times += 1;
            *same &= (best.active, best.karma) == (peer.active, peer.karma);
            best.active |= peer.active;
            best.karma = best.karma.max(peer.karma);
        }
    }
    let is_agreed = |said: &Said| said.same && said.times == number;
    let (agreed, disagreed): (Vec<_>, Vec<_>) = said.into_values().partition(is_agreed);
    let best = |said: Vec<Said>| said.into_iter().map(|said| said.best).collect();
    Census { agreed: best(agreed), disagreed: best(disagreed), is_complete: false }
}

/// What all say, as far as it matters.
fn agreement(answers: &[Answer<'_>]) -> Option<Option<Peer>> {
    let (_, first) = answers.first()?;
    let same = answers.iter().all(|(_, answer)| standing(answer) == standing(first));
    same.then(|| first.clone())
}

fn standing(peer: &Option<Peer>) -> Option<(bool, u64)> {
    peer.as_ref().map(|peer| (peer.active, peer.karma.0))
}

fn describe(answers: &[Answer<'_>]) -> String {
    let mut text = String::new();
    for (endpoint, answer) in answers {
        let separator = if text.is_empty() { "" } else { "; " };
        let says = match answer {
            None => "it is no peer".to_owned(),
            Some(peer) if peer.active => format!("active, karma {}", peer.karma),
            Some(peer) => format!("not active, karma {}", peer.karma),
        };
        // Writing into a string cannot fail.
        let _ = write!(text, "{separator}{}: {says}", endpoint.urls().rpc_name());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Karma;

    fn peer(number: u8, karma: u64) -> Peer {
        Peer {
            key: PeerKey([number; 32]),
            karma: Karma(karma),
            active: true,
            endpoint: String::new(),
            joined: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn peers_count_as_far_as_all_endpoints_say_the_same_of_them() {
        let honest = [peer(1, 60), peer(2, 0), peer(3, 70)];
        let lying = [peer(1, 60), peer(2, 90), peer(4, 80)];
        let mut census = compare([honest.as_slice(), lying.as_slice()].into_iter());
        census.disagreed.sort_by_key(|peer| peer.key);
        assert_eq!(census.agreed, [peer(1, 60)]);
        assert_eq!(census.disagreed, [peer(2, 90), peer(3, 70), peer(4, 80)]);
    }

    #[test]
    fn a_peer_that_an_endpoint_names_twice_is_not_what_two_endpoints_say() {
        let (twice, silent) = ([peer(1, 60), peer(1, 60)], []);
        let census = compare([twice.as_slice(), silent.as_slice()].into_iter());
        assert!(census.agreed.is_empty(), "{census:?}");
    }

    #[test]
    fn what_a_single_endpoint_says_is_what_all_say() {
        let census = compare(std::iter::once([peer(1, 60)].as_slice()));
        assert_eq!((census.agreed.len(), census.disagreed.len()), (1, 0));
    }
}
