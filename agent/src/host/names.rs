//! What host names mean: looked up in the background, again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::IpAddr,
    time::Duration,
};

use tokio::{
    net::lookup_host,
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{bounded, is_host};
use crate::domain::HostName;

/// The addresses of each name that was found once: the last good answers.
pub type Answers = BTreeMap<HostName, Vec<IpAddr>>;

/// Addresses of one name at the most.
const MAX_ADDRESSES: usize = 64;
/// Names looked up at once.
const TOGETHER: usize = 16;
/// How long one lookup may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How soon the first failure is tried again; each further one after twice the time, up to the usual one.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Looks up the names that are `wanted` at the moment, each `every` so often and sooner after a failure.
///
/// An answer stays until a better one comes; a name nobody wants any more is forgotten. Ends when the last receiver or
/// the sender of `wanted` is dropped.
#[must_use]
pub fn resolve(wanted: watch::Receiver<BTreeSet<HostName>>, every: Duration) -> watch::Receiver<Answers> {
    let (sender, receiver) = watch::channel(Answers::new());
    tokio::spawn(Resolver { plan: Plan::new(every), wanted, sender, running: JoinSet::new() }.run());
    receiver
}

type Lookup = (HostName, io::Result<Vec<IpAddr>>);

struct Resolver {
    plan: Plan,
    wanted: watch::Receiver<BTreeSet<HostName>>,
    sender: watch::Sender<Answers>,
    running: JoinSet<Lookup>,
}

impl Resolver {
    async fn run(mut self) {
        loop {
            self.plan.want(&self.wanted.borrow_and_update(), Instant::now());
            while self.running.len() < TOGETHER
                && let Some(name) = self.plan.begin(Instant::now())
            {
                self.running.spawn(look_up(name));
            }
            self.publish();
            let next = self.plan.next().filter(|_| self.running.len() < TOGETHER);
            tokio::select! {
                () = self.sender.closed() => return,
                changed = self.wanted.changed() => if changed.is_err() { return },
                Some(Ok((name, answer))) = self.running.join_next() => self.plan.settle(&name, answer, Instant::now()),
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
            }
        }
    }

    fn publish(&self) {
        self.sender.send_if_modified(|answers| {
            let changed = *answers != self.plan.answers;
            if changed {
                answers.clone_from(&self.plan.answers);
            }
            changed
        });
    }
}

async fn look_up(name: HostName) -> Lookup {
    let answer = match timeout(PATIENCE, lookup_host((name.as_str(), 0))).await {
        Ok(found) => found.map(|found| found.map(|socket| socket.ip()).collect()),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    };
    (name, answer)
}

/// When each name is looked up next, and what it means until then. Pure: the time is an argument.
struct Plan {
    every: Duration,
    names: BTreeMap<HostName, State>,
    answers: Answers,
}

#[derive(Default)]
struct State {
    /// None while it is being looked up.
    due: Option<Instant>,
    /// Since the last good answer.
    failures: u32,
}

impl Plan {
    fn new(every: Duration) -> Self {
        Self { every, names: BTreeMap::new(), answers: Answers::new() }
    }

    /// Forgets the names that are not wanted, and looks up the new ones at once.
    fn want(&mut self, wanted: &BTreeSet<HostName>, now: Instant) {
        self.names.retain(|name, _| wanted.contains(name));
        self.answers.retain(|name, _| wanted.contains(name));
        for name in wanted {
            self.names.entry(name.clone()).or_insert(State { due: Some(now), failures: 0 });
        }
    }

    /// Takes the name that has been due longest.
    fn begin(&mut self, now: Instant) -> Option<HostName> {
        let due = self.names.iter_mut().filter(|(_, state)| state.due.is_some_and(|due| due <= now));
        let (name, state) = due.min_by_key(|(_, state)| state.due)?;
        state.due = None;
        Some(name.clone())
    }

    /// When the next name is due.
    fn next(&self) -> Option<Instant> {
        self.names.values().filter_map(|state| state.due).min()
    }

    /// Takes note of an answer; one that names no host is as good as none.
    fn settle(&mut self, name: &HostName, answer: io::Result<Vec<IpAddr>>, now: Instant) {
        let Some(state) = self.names.get_mut(name) else { return };
        let addresses = answer.map(|addresses| {
            let hosts = addresses.into_iter().map(|address| address.to_canonical());
            bounded(hosts.filter(|address| is_host(*address)).collect(), MAX_ADDRESSES)
        });
        let wait = match addresses {
            Ok(addresses) if !addresses.is_empty() => {
                state.failures = 0;
                self.answers.insert(name.clone(), addresses);
                self.every
            }
            failed => {
                let kept = if self.answers.contains_key(name) { "the last answer stays" } else { "it protects nobody" };
                let problem = failed.err().map_or("no address of a host".to_owned(), |error| error.to_string());
                if state.failures == 0 {
                    tracing::warn!(%name, "looking up {name}: {problem}; {kept}, and it is tried again");
                }
                let wait = FIRST_RETRY.saturating_mul(1 << state.failures.min(16)).min(self.every);
                state.failures = state.failures.saturating_add(1);
                wait
            }
        };
        state.due = Some(now + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    fn names(texts: &[&str]) -> BTreeSet<HostName> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn plan(texts: &[&str], now: Instant) -> Plan {
        let mut plan = Plan::new(EVERY);
        plan.want(&names(texts), now);
        plan
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn failed() -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other("no answer"))
    }

    #[tokio::test]
    async fn a_real_name_is_looked_up_and_forgotten_when_nobody_wants_it() {
        let (wanted, receiver) = watch::channel(BTreeSet::new());
        let mut answers = resolve(receiver, EVERY);
        wanted.send_replace(names(&["localhost"]));
        let patience = Duration::from_secs(20);
        let of_localhost = answers.wait_for(|answers| {
            answers.get(&"localhost".parse().unwrap()).is_some_and(|found| found.iter().all(IpAddr::is_loopback))
        });
        assert!(timeout(patience, of_localhost).await.is_ok());
        wanted.send_replace(BTreeSet::new());
        assert!(timeout(patience, answers.wait_for(Answers::is_empty)).await.is_ok());
    }

    #[test]
    fn the_last_good_answer_outlives_failures_which_are_tried_again_ever_later() {
        let now = Instant::now();
        let name: HostName = "office.example".parse().unwrap();
        let mut plan = plan(&["office.example"], now);
        assert_eq!(plan.begin(now), Some(name.clone()));
        assert_eq!((plan.begin(now), plan.next()), (None, None));
        plan.settle(&name, Ok(addresses(&["192.0.2.7"])), now);
        assert_eq!(plan.next(), Some(now + EVERY));
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            plan.settle(&name, failed(), now);
            assert_eq!(plan.next(), Some(now + Duration::from_secs(seconds)));
            assert_eq!(plan.answers[&name], addresses(&["192.0.2.7"]));
        }
        plan.settle(&name, Ok(addresses(&["192.0.2.8"])), now);
        assert_eq!((plan.next(), &plan.answers[&name]), (Some(now + EVERY), &addresses(&["192.0.2.8"])));
    }

    #[test]
    fn a_hostile_answer_is_bounded_and_names_hosts_only() {
        let now = Instant::now();
        let name: HostName = "office.example".parse().unwrap();
        let mut plan = plan(&["office.example"], now);
        let many = (0..100_000u32).map(|n| IpAddr::from((0xcb00_0000 + n).to_be_bytes())).collect();
        plan.settle(&name, Ok(many), now);
        assert_eq!(plan.answers[&name].len(), MAX_ADDRESSES);
        plan.settle(&name, Ok(addresses(&["0.0.0.0", "::", "224.0.0.1", "ff02::1", "::ffff:192.0.2.7"])), now);
        assert_eq!(plan.answers[&name], addresses(&["192.0.2.7"]));
        plan.settle(&name, Ok(addresses(&["0.0.0.0"])), now);
        assert_eq!(plan.answers[&name], addresses(&["192.0.2.7"]));
    }

    #[test]
    fn an_answer_for_a_name_that_was_dropped_meanwhile_is_dropped_too() {
        let now = Instant::now();
        let mut plan = plan(&["office.example"], now);
        let name = plan.begin(now).unwrap();
        plan.want(&names(&["home.example"]), now);
        plan.settle(&name, Ok(addresses(&["192.0.2.7"])), now);
        assert!(plan.answers.is_empty());
        assert_eq!(plan.begin(now), Some("home.example".parse().unwrap()));
    }
}
