//! What all endpoints say of a reporter.

use std::{fmt::Write as _, time::Duration};

use jiff::Timestamp;
use tokio::time::sleep;

use super::{SolanaLedger, endpoint::Endpoint};
use crate::{
    domain::{Peer, PeerKey},
    ledger::{Act, LedgerError},
};

/// How long each may take; one that is slower has no say.
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

    async fn answers_about(&self, key: &PeerKey) -> Result<Vec<Answer<'_>>, LedgerError> {
        let (address, config) = (self.addresses.peer(key), self.account_config());
        let asked = self.endpoints.ask_each(Act::ReadPeer, PATIENCE, |client| {
            let config = config.clone();
            async move { client.get_ui_account_with_config(&address, config).await }
        });
        let (mut answers, mut silence) = (Vec::new(), None);
        for (endpoint, answer) in asked.await {
            match answer.and_then(|account| self.peer_of(endpoint, &address, account.value)) {
                Ok(peer) => answers.push((endpoint, peer)),
                Err(error) => {
                    tracing::debug!(%error, "an endpoint of the ledger has no say about a peer");
                    silence = Some(error);
                }
            }
        }
        match silence {
            Some(error) if answers.is_empty() => Err(error),
            _ => Ok(answers),
        }
    }
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
