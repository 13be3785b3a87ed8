//! What the ledger says about this agent, remembered for a while: whoever watches it must not cost a question a second, nor
//! wait for an endpoint that is silent.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, watch},
    time::timeout,
};

use crate::{
    domain::{Peer, PeerKey},
    ledger::{Ledger, post_rent, verdict_rent},
    record::{PostRecord, PostState},
    store::database::{Database, DatabaseError},
};

/// How old it may be when it is told: `status --watch` asks every second.
const AGE: Duration = Duration::from_secs(5);
/// How long who asks waits for the ledger before hearing what it said last: Prometheus gives up after ten seconds, and
/// takes the agent for dead.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the ledger said about this agent; nothing before it said anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// This agent as a peer, if it is one; none when no endpoint answered.
    pub(super) me: Option<Option<Peer>>,
    /// Lamports that it has to pay with, likewise.
    pub(super) balance: Option<u64>,
    /// Lamports that lie there as rent, by the ledger's prices and what is remembered here.
    pub(super) rent: Option<u64>,
}

/// Asks, and remembers what came.
pub(super) struct FactBook {
    asker: Arc<Asker>,
    last: watch::Sender<Option<(Instant, Facts)>>,
    /// Held by who asks: that is one at a time, in bounded time since the ledger's answers are.
    turn: Arc<Mutex<()>>,
}

/// Who is asked about whom.
struct Asker {
    ledger: Arc<dyn Ledger>,
    database: Database,
    me: PeerKey,
}

impl FactBook {
    /// About the peer `me`.
    pub(super) fn new(ledger: Arc<dyn Ledger>, database: Database, me: PeerKey) -> Self {
        let asker = Arc::new(Asker { ledger, database, me });
        Self { asker, last: watch::Sender::default(), turn: Arc::default() }
    }

    /// Where it asks.
    pub(super) fn ledger(&self) -> &dyn Ledger {
        &*self.asker.ledger
    }

    /// What was said some seconds ago at the most, or last, when the ledger takes its time.
    pub(super) async fn latest(&self) -> Facts {
        let mut last = self.last.subscribe();
        let is_fresh = last.borrow().as_ref().is_some_and(|(at, _)| at.elapsed() < AGE);
        if !is_fresh {
            self.ask();
            // Whoever has to wait for longer takes what there is.
            let _ = timeout(PATIENCE, last.changed()).await;
        }
        last.borrow().as_ref().map(|(_, facts)| facts.clone()).unwrap_or_default()
    }

    /// Asks, unless that is being done. It is waited for to the end, whoever asked, so that an endpoint that is silent is
    /// found out.
    fn ask(&self) {
        let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() else { return };
        let (asker, last) = (Arc::clone(&self.asker), self.last.clone());
        tokio::spawn(async move {
            let facts = asker.ask().await;
            last.send_replace(Some((Instant::now(), facts)));
            drop(turn);
        });
    }
}

impl Asker {
    async fn ask(&self) -> Facts {
        let (me, balance) = tokio::join!(self.ledger.peer(&self.me), self.ledger.balance());
        let rent = self.rent().await.inspect_err(|error| tracing::debug!("adding up the rent: {error}"));
        Facts { me: me.ok(), balance: balance.ok(), rent: rent.ok() }
    }

    async fn rent(&self) -> Result<u64, DatabaseError> {
        let (mut posts, mut sum) = (self.database.posts_with_rent(), 0_u64);
        while let Some(some) = posts.next().await {
            sum = some?.iter().map(rent_in).fold(sum, u64::saturating_add);
        }
        Ok(sum)
    }
}

/// What lies in a post: in an own one itself, in another's this agent's like and dispute.
fn rent_in(record: &PostRecord) -> u64 {
    if let PostState::Own { .. } = record.state {
        return post_rent(record.post.log_url.len());
    }
    let verdicts = u64::from(record.liked) + u64::from(record.disputed.is_some());
    verdict_rent().saturating_mul(verdicts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::TcpListener;

    use super::*;
    use crate::{
        domain::Commitment,
        identity::Identity,
        ledger::{SolanaLedger, SolanaSettings},
        store::database::path_in,
    };

    /// A book whose only endpoint takes connections and says nothing for half a minute.
    fn book(folder: &std::path::Path) -> (FactBook, TcpListener) {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let program = PeerKey([7; 32]).to_string().parse().unwrap();
        let settings = SolanaSettings::new(&url, None, program, Commitment::Confirmed).unwrap();
        let ledger = SolanaLedger::new(settings, &Identity::generate().unwrap()).unwrap();
        let database = Database::open(&path_in(folder)).unwrap();
        (FactBook::new(Arc::new(ledger), database, PeerKey([1; 32])), silent)
    }

    /// What it says, to three who ask at once.
    async fn said(book: &FactBook) -> [Option<u64>; 3] {
        let asked = async { tokio::join!(book.latest(), book.latest(), book.latest()) };
        let (one, two, three) = timeout(PATIENCE * 4, asked).await.unwrap();
        assert!(book.turn.try_lock().is_err(), "the ledger is still being waited for");
        [one, two, three].map(|facts| facts.balance)
    }

    #[tokio::test]
    async fn nobody_waits_for_a_ledger_that_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let (book, _silent) = book(folder.path());
        assert_eq!(said(&book).await, [None; 3]);
    }

    #[tokio::test]
    async fn what_the_ledger_said_last_is_told_while_it_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let (book, _silent) = book(folder.path());
        let facts = Facts { balance: Some(7), ..Facts::default() };
        book.last.send_replace(Some((Instant::now().checked_sub(AGE).unwrap(), facts)));
        assert_eq!(said(&book).await, [Some(7); 3]);
    }
}
