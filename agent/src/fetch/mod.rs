//! Fetching a malicious log from a peer, or from whoever else has it.
//!
//! Whatever a post says is a stranger's word: where it points may be our own network, what answers there may lie
//! about everything, and the only thing that makes the bytes the log is their hash. So an attempt trusts
//! nothing, is bounded in time and size, and when it fails, for whatever reason, the next holder is tried.
//!
//! A [`Fetcher`] waits for its turn where many want the same log (`queue`), tries the holders of what is [`Wanted`] in
//! order, those that [`Copies`] knows besides after them, and comes back to whoever may have it later. Each attempt
//! resolves the name (`connect`), makes sure whom it talks to (`tls`), sends one signed request (`exchange`), unpacks what
//! comes (`body`), and goes on where a connection broke (`attempt`). Nobody is asked in vain too often, whoever names it
//! (`budget`, `errand`). [`page`] uses the same way for an answer that is no log.
//!
//! - A [`Holder`] is who may have a log, and the URL at which it is asked. (Sources are where log lines come from.)
//! - [`Holders`] are those of the network whom it knows to have one: whom to ask now, and how many vouch for it.
//! - A [`Claim`] is on whose word: the reporter's of its own server, a peer's of its copy, or somebody's of anybody's server.
//! - A copy is the log at any peer but its reporter; a mirror is a copy that is listed on the ledger.
//! - [`Copies`] finds them, and tells when more may have it; the daemon learns both from likes.
//! - A place (`places`) is a holder with what became of asking it.
//! - The place in the queue is another matter: how many may ask the reporter before this agent does.
//!
//! Any program can be a client:
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//!
//! use jiff::Timestamp;
//! use sentinel_agent::{
//!     evidence,
//!     fetch::{FetchPolicy, Fetcher, Wanted},
//!     identity::Identity,
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Arc::new(Identity::load(Path::new("identity.json"))?);
//! let fetcher = Fetcher::new(identity, FetchPolicy::default());
//! let file_hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".parse()?;
//! let wanted = Wanted::at("https://peer-a.example:9000/logs/ba7816bf8f01cfea", file_hash);
//!
//! let fetched = fetcher.fetch(&wanted, Timestamp::now()).await?;
//! for attacker in evidence::verify(fetched.log, file_hash)?.attackers() {
//!     println!("{} attacked {}", attacker.address, attacker.service);
//! }
//! # Ok(())
//! # }
//! ```

mod attempt;
mod body;
mod budget;
mod clock;
mod connect;
mod errand;
mod error;
mod exchange;
mod holders;
mod page;
mod places;
mod policy;
mod queue;
mod tls;
mod turns;
mod wanted;

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::{backoff::Backoff, domain::MaliciousLog, identity::Identity};
use attempt::Attempt;
use budget::Budget;
use clock::Clock;
use errand::Errand;
use places::Places;
use queue::Queue;
use turns::{Shared, Turns};

pub use error::{AttemptError, FailedAttempt, FetchError};
pub use holders::{Holders, holders};
pub use page::{Credentials, Page, PageRequest, page};
pub use policy::FetchPolicy;
pub use queue::ahead;
pub use wanted::{Claim, Copies, Holder, Wanted};

/// Longest pause between two rounds, a random part aside.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long a copy has that is asked before the reporter or that nobody vouches for, the wait for a turn there included:
/// enough for a log of a megabyte and more over a home's uplink.
const HASTE: Duration = Duration::from_secs(10);
/// How long the ledger may take to say who comes first: a log must not wait for that.
const ANSWER: Duration = Duration::from_secs(2);
/// How long it may take to say who has a copy of what the reporter did not give.
const SEARCH: Duration = Duration::from_secs(5);
/// Longest pause between the first two looks for copies while waiting for one's turn; each that brings no news doubles it.
const LOOK: Duration = Duration::from_secs(2);
/// Time that each look but the first is saved up for: anybody can change a post again and again, and all who want its log
/// look then.
const LOOK_SAVED: Duration = Duration::from_secs(1);

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the log so far, unpacked.
    pub received: usize,
    /// How many there will be, where the server says so.
    pub expected: Option<usize>,
}

/// Who wants to know how far downloads are.
type Watcher = Arc<dyn Fn(Progress) + Send + Sync>;

/// A log that was fetched.
#[derive(Debug)]
#[must_use]
pub struct Fetched {
    /// It hashes to what was wanted.
    pub log: MaliciousLog,
    /// Who had it, and where.
    pub holder: Holder,
    /// Who was asked before, and did not give it.
    pub failures: Vec<FailedAttempt>,
}

/// Downloads logs, not too many at a time, and not too many from one host.
pub struct Fetcher {
    identity: Arc<Identity>,
    policy: FetchPolicy,
    turns: Turns,
    budget: Mutex<Budget>,
    watcher: Watcher,
}

impl Fetcher {
    /// A fetcher that signs its requests as `identity`.
    #[must_use]
    pub fn new(identity: Arc<Identity>, policy: FetchPolicy) -> Self {
        let turns = Turns::new(policy.at_once, policy.at_once_per_host);
        Self { identity, policy, turns, budget: Mutex::default(), watcher: Arc::new(|_| ()) }
    }

    /// The same, telling `watcher` of every piece that comes.
    #[must_use]
    pub fn watched_by(self, watcher: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { watcher: Arc::new(watcher), ..self }
    }

    /// Fetches a log from the first of its holders that has it.
    ///
    /// Holders that may have it later are asked again, with growing and random pauses, until
    /// [`patience`](FetchPolicy::patience) ends. `now` is the time that requests are signed with. A signature is good
    /// once: whoever fetches from the same URL again passes a `now` that is at least a second later.
    ///
    /// # Errors
    /// When no holder gave the log; the error holds what became of each.
    pub async fn fetch(&self, wanted: &Wanted, now: Timestamp) -> Result<Fetched, FetchError> {
        self.fetch_with(wanted, &(), now).await
    }

    /// The same, and `copies` says who else has the log, and whether others come first: then it is waited for one's turn,
    /// and who has a copy by that time is asked before the rest. Otherwise copies are looked for where the first holder
    /// fails.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`].
    pub async fn fetch_with(
        &self,
        wanted: &Wanted,
        copies: &dyn Copies,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let clock = Clock::starting(now);
        let mut places = Places::of(wanted);
        self.line_up(wanted, copies, &mut places, clock).await;
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            if let Some((log, index)) = self.round(wanted, copies, &mut places, clock).await {
                let (holder, failures) = places.outcome(index);
                return Ok(Fetched { log, holder, failures });
            }
            let pause = match places.next_due() {
                Some(due) => backoff.pause().max(due.duration_since(Instant::now())),
                None => return Err(places.error(wanted.file_hash)),
            };
            if clock.elapsed() + pause > self.policy.patience {
                return Err(places.error(wanted.file_hash));
            }
            sleep(pause).await;
        }
    }

    /// Waits until somebody has a copy to spare, or it is this agent's turn to ask without.
    async fn line_up(&self, wanted: &Wanted, copies: &dyn Copies, places: &mut Places, clock: Clock) {
        let queue = Queue::behind(timeout(ANSWER, copies.ahead()).await.unwrap_or_default());
        let mut pause = LOOK;
        for looks in 0.. {
            let left = queue.turn().saturating_sub(clock.elapsed());
            if left.is_zero() {
                return;
            }
            let rest = sleep((LOOK_SAVED * looks).saturating_sub(clock.elapsed()));
            let news = copies.news();
            let found = timeout(left.min(LOOK), copies.find(wanted)).await.unwrap_or_default();
            if queue.is_served_by(found.vouching) {
                return places.prefer(found);
            }
            let has_news = timeout(left.min(pause), async { tokio::join!(news, rest) }).await.is_ok();
            pause = if has_news { LOOK } else { pause * 2 };
        }
    }

    /// Tries every place once that is worth it, as long as there is time; gives the log and the number of the place that had
    /// it.
    async fn round(
        &self,
        wanted: &Wanted,
        copies: &dyn Copies,
        places: &mut Places,
        clock: Clock,
    ) -> Option<(MaliciousLog, usize)> {
        let enough = self.policy.patience.max(self.policy.timeout);
        for index in (0..places::MOST).take_while(|_| clock.elapsed() < enough) {
            // The ledger is only asked when it is needed.
            if index == places.before_copies() {
                let found = timeout(SEARCH, copies.find(wanted)).await;
                places.admit(found.unwrap_or_default().to_ask);
            }
            let Some((holder, in_haste)) = places.due(index) else { continue };
            match self.ask(wanted, &holder, in_haste, clock).await {
                Ok(log) => return Some((log, index)),
                Err(error) => places.failed(index, error, clock.now()),
            }
        }
        None
    }

    /// Asks a holder when there is a turn; who is in haste does not wait for one longer than the attempt may take.
    async fn ask(
        &self,
        wanted: &Wanted,
        holder: &Holder,
        in_haste: bool,
        clock: Clock,
    ) -> Result<MaliciousLog, AttemptError> {
        let turn = self.turns.take(shared(wanted, holder), &holder.url);
        let (_turn, until, limit) = if in_haste {
            let limit = HASTE.min(self.policy.timeout);
            let until = Instant::now() + limit;
            (timeout_at(until, turn).await.map_err(|_| AttemptError::NoTurn(limit))?, until, limit)
        } else {
            (turn.await, Instant::now() + self.policy.timeout, self.policy.timeout)
        };
        let attempt = Attempt {
            identity: &self.identity,
            policy: &self.policy,
            watcher: &*self.watcher,
            pinned: holder.peer.or(wanted.reporter),
            file_hash: wanted.file_hash,
            clock,
            until,
            limit,
        };
        attempt.at(&holder.url, self.errand(holder)).await
    }

    /// Whose tab an attempt there is put on.
    fn errand(&self, holder: &Holder) -> Errand<'_> {
        match holder.claim {
            Claim::Named => Errand::free(),
            Claim::Own | Claim::Vouched => Errand::charged_to(&self.budget, holder.peer),
            Claim::Copy | Claim::Elsewhere => Errand::charged_to(&self.budget, None),
        }
    }
}

/// With what else an attempt there shares turns: a copy that is slow takes none of the reporter's.
fn shared(wanted: &Wanted, holder: &Holder) -> Option<Shared> {
    match holder.claim {
        Claim::Named | Claim::Own | Claim::Elsewhere => wanted.reporter.map(Shared::Peer),
        Claim::Vouched => holder.peer.map(Shared::Peer),
        Claim::Copy => Some(Shared::Unvouched),
    }
}
