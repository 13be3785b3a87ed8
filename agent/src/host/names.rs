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
use crate::{backoff::Backoff, domain::HostName};

/// What each name means, and how its last look-up went.
pub type Answers = BTreeMap<HostName, Answer>;

/// What a name means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its addresses when it was last found; sorted, at most 64.
    pub addresses: Vec<IpAddr>,
    /// Why it is not found at the moment.
    pub trouble: Option<String>,
}

/// Addresses of one name at the most.
const MAX_ADDRESSES: usize = 64;
/// Names looked up at once.
const TOGETHER: usize = 16;
/// How long one lookup may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks up the names that are `wanted` at the moment, each `every` so often and sooner after a failure.
///
/// An answer stays until a better one comes, also one that was `known` before; a name nobody wants any more is
/// forgotten. Ends when the last receiver or the sender of `wanted` is dropped.
#[must_use]
pub fn resolve(
    wanted: watch::Receiver<BTreeSet<HostName>>,
    every: Duration,
    known: Answers,
) -> watch::Receiver<Answers> {
    let mut plan = Plan::new(every, known);
    plan.want(&wanted.borrow(), Instant::now());
    let (sender, receiver) = watch::channel(plan.answers.clone());
    tokio::spawn(Resolver { plan, wanted, sender, running: JoinSet::new() }.run());
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

struct State {
    /// None while it is being looked up.
    due: Option<Instant>,
    backoff: Backoff,
}

impl Plan {
    fn new(every: Duration, answers: Answers) -> Self {
        Self { every, names: BTreeMap::new(), answers }
    }

    /// Forgets the names that are not wanted, and looks up the new ones at once.
    fn want(&mut self, wanted: &BTreeSet<HostName>, now: Instant) {
        self.names.retain(|name, _| wanted.contains(name));
        self.answers.retain(|name, _| wanted.contains(name));
        for name in wanted {
            self.names
                .entry(name.clone())
                .or_insert_with(|| State { due: Some(now), backoff: Backoff::up_to(self.every) });
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
    fn settle(&mut self, name: &HostName, found: io::Result<Vec<IpAddr>>, now: Instant) {
        let Some(state) = self.names.get_mut(name) else { return };
        let answer = self.answers.entry(name.clone()).or_default();
        let wait = match found.map(hosts) {
            Ok(addresses) if !addresses.is_empty() => {
                *answer = Answer { addresses, trouble: None };
                state.backoff.reset();
                self.every
            }
            failed => {
                let trouble =
                    failed.err().map_or("no address of a host".to_owned(), |error| error.to_string());
                if answer.trouble.is_none() {
                    let kept = if answer.addresses.is_empty() {
                        "it protects nobody"
                    } else {
                        "its last answer stays"
                    };
                    tracing::warn!(%name, "looking up {name}: {trouble}; {kept}, and it is tried again");
                }
                answer.trouble = Some(trouble);
                state.backoff.pause().min(self.every)
            }
        };
        state.due = Some(now + wait);
    }
}

fn hosts(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let addresses = addresses.into_iter().filter(|address| is_host(*address));
    bounded(addresses.map(|address| address.to_canonical()).collect(), MAX_ADDRESSES)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    fn names(texts: &[&str]) -> BTreeSet<HostName> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn plan(texts: &[&str], now: Instant) -> Plan {
        let mut plan = Plan::new(EVERY, Answers::new());
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
        let mut answers = resolve(receiver, EVERY, Answers::new());
        wanted.send_replace(names(&["localhost"]));
        let patience = Duration::from_secs(20);
        let of_localhost = answers.wait_for(|answers| {
            answers.get(&"localhost".parse().unwrap()).is_some_and(|found| {
                !found.addresses.is_empty() && found.addresses.iter().all(IpAddr::is_loopback)
            })
        });
        assert!(timeout(patience, of_localhost).await.is_ok());
        wanted.send_replace(BTreeSet::new());
        assert!(timeout(patience, answers.wait_for(Answers::is_empty)).await.is_ok());
    }

    #[tokio::test]
    async fn what_was_known_of_a_wanted_name_holds_at_once_and_when_the_name_cannot_be_looked_up() {
        let known = |name: &str| {
            (name.parse().unwrap(), Answer { addresses: addresses(&["192.0.2.7"]), trouble: None })
        };
        let (_wanted, receiver) = watch::channel(names(&["office.invalid"]));
        let mut answers = resolve(receiver, EVERY, [known("office.invalid"), known("home.invalid")].into());
        assert_eq!(*answers.borrow(), Answers::from([known("office.invalid")]));
        let failed = answers.wait_for(|answers| answers.values().all(|answer| answer.trouble.is_some()));
        let failed = timeout(PATIENCE * 3, failed).await.unwrap().unwrap();
        assert_eq!(failed.values().next().unwrap().addresses, addresses(&["192.0.2.7"]));
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
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300] {
            plan.settle(&name, failed(), now);
            assert!(plan.next().unwrap() >= now + Duration::from_secs(seconds));
            assert!(plan.next().unwrap() <= now + EVERY);
            assert_eq!(plan.answers[&name].addresses, addresses(&["192.0.2.7"]));
            assert_eq!(plan.answers[&name].trouble.as_deref(), Some("no answer"));
        }
        plan.settle(&name, Ok(addresses(&["192.0.2.8"])), now);
        assert_eq!(plan.next(), Some(now + EVERY));
        let found = Answer { addresses: addresses(&["192.0.2.8"]), trouble: None };
        assert_eq!(plan.answers[&name], found);
    }

    #[test]
    fn a_hostile_answer_is_bounded_and_names_hosts_only() {
        let now = Instant::now();
        let name: HostName = "office.example".parse().unwrap();
        let mut plan = plan(&["office.example"], now);
        let many = (0..100_000u32).map(|n| IpAddr::from((0xcb00_0000 + n).to_be_bytes())).collect();
        plan.settle(&name, Ok(many), now);
        assert_eq!(plan.answers[&name].addresses.len(), MAX_ADDRESSES);
        plan.settle(
            &name,
            Ok(addresses(&["0.0.0.0", "::", "224.0.0.1", "ff02::1", "::ffff:192.0.2.7"])),
            now,
        );
        assert_eq!(plan.answers[&name].addresses, addresses(&["192.0.2.7"]));
        plan.settle(&name, Ok(addresses(&["0.0.0.0"])), now);
        assert_eq!(plan.answers[&name].addresses, addresses(&["192.0.2.7"]));
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
