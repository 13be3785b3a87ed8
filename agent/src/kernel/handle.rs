//! One thread owns the firewall; tasks send it what they want and wait for their own verdict.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use ipnetwork::IpNetwork;
use tokio::sync::{mpsc, oneshot, watch};

use super::error::{Act, KernelError, Refusal};
use super::nft::SetId;
use super::{Change, Counted, Element, Firewall, Health, Lacking, Options, Population, Scope};
use crate::domain::canonical;

/// Requests that may wait; whoever sends one more waits with them.
const WAITING: usize = 1024;
/// No further request joins a batch that holds this many changes.
const TOGETHER: usize = 5_000;

/// Sends changes to the thread that owns the firewall. When the last handle goes, the thread ends; the
/// table stays in the kernel.
#[derive(Debug, Clone)]
pub struct FirewallHandle {
    requests: mpsc::Sender<Request>,
    /// Closed when the thread ends.
    running: watch::Receiver<()>,
}

/// Something on its way to the kernel, which answers with a `T`; what drops or passes packets, with when it began to.
#[derive(Debug)]
#[must_use = "a network is dropped only once this says so"]
pub struct Submitted<T = ()> {
    attempt: &'static str,
    answer: oneshot::Receiver<Result<T, KernelError>>,
}

impl<T> Submitted<T> {
    /// Waits for the kernel's verdict.
    ///
    /// # Errors
    /// As [`Firewall::apply`], naming only elements among these changes.
    pub async fn applied(self) -> Result<T, KernelError> {
        self.answer.await.unwrap_or(Err(KernelError::Ended { attempt: self.attempt }))
    }
}

type Verdict<T> = oneshot::Sender<Result<T, KernelError>>;

#[derive(Debug)]
enum Request {
    Apply(Job),
    Replace(Vec<Element>, Vec<IpNetwork>, Verdict<()>),
    Allow(Vec<IpNetwork>, Verdict<Instant>),
    Check(Instant, Vec<Population>, Verdict<Health>),
    Counted(IpNetwork, Scope, Verdict<Option<Counted>>),
}

#[derive(Debug)]
struct Job {
    changes: Vec<Change>,
    verdict: Verdict<Instant>,
}

/// Opens the firewall as [`Firewall::open`] does and gives it a thread of its own.
///
/// # Errors
/// As [`Firewall::open`], or when the thread cannot be started.
pub fn spawn(options: Options, allowed: &[IpNetwork]) -> Result<FirewallHandle, KernelError> {
    spawn_lacking(options, allowed, Lacking::default())
}

/// As [`spawn`], doing without what older kernels do not have.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_lacking(
    options: Options,
    allowed: &[IpNetwork],
    lacking: Lacking,
) -> Result<FirewallHandle, KernelError> {
    let firewall = Firewall::open_lacking(options, allowed, lacking)?;
    let (requests, inbox) = mpsc::channel(WAITING);
    let (until_end, running) = watch::channel(());
    let serve = move || {
        serve(firewall, inbox);
        drop(until_end);
    };
    thread::Builder::new()
        .name("firewall".into())
        .spawn(serve)
        .map_err(|error| KernelError::Thread(Arc::new(error)))?;
    Ok(FirewallHandle { requests, running })
}

impl FirewallHandle {
    /// As [`Firewall::apply`]. Written at once; what arrives meanwhile goes together into the next batch.
    ///
    /// # Errors
    /// As [`Firewall::apply`], naming only elements among `changes`.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<(), KernelError> {
        self.submit(changes).await.applied().await.map(drop)
    }

    /// As [`Firewall::replace`].
    ///
    /// # Errors
    /// As [`Firewall::replace`].
    pub async fn replace(&self, elements: Vec<Element>, allowed: Vec<IpNetwork>) -> Result<(), KernelError> {
        self.submit_replace(elements, allowed).await.applied().await
    }

    /// As [`Firewall::allow`].
    ///
    /// # Errors
    /// As [`Firewall::allow`].
    pub async fn allow(&self, networks: Vec<IpNetwork>) -> Result<(), KernelError> {
        self.submit_allow(networks).await.applied().await.map(drop)
    }

    /// As [`Firewall::counted`].
    ///
    /// # Errors
    /// As [`Firewall::counted`].
    pub async fn counted(&self, network: IpNetwork, scope: Scope) -> Result<Option<Counted>, KernelError> {
        let request = |verdict| Request::Counted(network, scope, verdict);
        self.hand_over("reading a counter", request).await.applied().await
    }

    /// Hands over changes, in order after all that were handed over before, and does not wait for the kernel.
    pub async fn submit(&self, changes: Vec<Change>) -> Submitted<Instant> {
        let request = |verdict| Request::Apply(Job { changes, verdict });
        self.hand_over("changing what is blocked", request).await
    }

    /// Hands over what [`Firewall::replace`] does, as [`FirewallHandle::submit`] hands over changes.
    pub async fn submit_replace(&self, elements: Vec<Element>, allowed: Vec<IpNetwork>) -> Submitted {
        let request = |verdict| Request::Replace(elements, allowed, verdict);
        self.hand_over("replacing what is blocked", request).await
    }

    /// Hands over what [`Firewall::allow`] does, as [`FirewallHandle::submit`] hands over changes.
    pub async fn submit_allow(&self, networks: Vec<IpNetwork>) -> Submitted<Instant> {
        self.hand_over("changing who always passes", |verdict| Request::Allow(networks, verdict)).await
    }

    /// Hands over what [`Firewall::check`] does, once everything that was handed over before is written: count
    /// `expected` when you hand it over. When its turn comes much later, the numbers no longer count.
    pub async fn submit_check(&self, expected: Vec<Population>) -> Submitted<Health> {
        let counted = Instant::now();
        self.hand_over("checking the table", |verdict| Request::Check(counted, expected, verdict)).await
    }

    /// Waits, without being a handle, until the last handle is gone, everything is written and the table is free for
    /// another owner.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut running = self.running.clone();
        async move { while running.changed().await.is_ok() {} }
    }

    async fn hand_over<T>(
        &self,
        attempt: &'static str,
        request: impl FnOnce(Verdict<T>) -> Request,
    ) -> Submitted<T> {
        let (verdict, answer) = oneshot::channel();
        // A thread that has ended answers through the dropped sender.
        let _unheard = self.requests.send(request(verdict)).await;
        Submitted { attempt, answer }
    }
}

fn serve(mut firewall: Firewall, mut inbox: mpsc::Receiver<Request>) {
    let mut next = None;
    while let Some(request) = next.take().or_else(|| inbox.blocking_recv()) {
        // Whoever no longer waits for the verdict does not need it.
        let _unheard = match request {
            Request::Apply(job) => {
                next = apply_together(&mut firewall, job, &mut inbox);
                true
            }
            Request::Replace(elements, allowed, verdict) => {
                verdict.send(firewall.replace(&elements, &allowed)).is_ok()
            }
            Request::Allow(networks, verdict) => {
                verdict.send(firewall.allow(&networks).map(|()| Instant::now())).is_ok()
            }
            Request::Check(counted, expected, verdict) => {
                verdict.send(firewall.check_as_of(counted, &expected)).is_ok()
            }
            Request::Counted(network, scope, verdict) => {
                verdict.send(firewall.counted(network, scope)).is_ok()
            }
        };
    }
}

/// Applies `first` and every job that is waiting behind it; returns the request that came after those.
fn apply_together(
    firewall: &mut Firewall,
    first: Job,
    inbox: &mut mpsc::Receiver<Request>,
) -> Option<Request> {
    let mut changes = first.changes.clone();
    let mut jobs = vec![first];
    let mut other = None;
    while changes.len() < TOGETHER && other.is_none() {
        match inbox.try_recv() {
            Ok(Request::Apply(job)) => {
                changes.extend_from_slice(&job.changes);
                jobs.push(job);
            }
            Ok(request) => other = Some(request),
            Err(_) => break,
        }
    }
    let result = firewall.apply(&changes);
    let at = Instant::now();
    for job in jobs {
        let _unheard = job.verdict.send(own_part(&result, &job.changes).map(|()| at));
    }
    other
}

/// What of the common result concerns these changes.
fn own_part(result: &Result<(), KernelError>, changes: &[Change]) -> Result<(), KernelError> {
    let Err(KernelError::Elements(refusals)) = result else { return result.clone() };
    let own: BTreeSet<Subject> = changes.iter().map(Subject::of_change).collect();
    let concerns = |refusal: &&Refusal| Subject::of_act(&refusal.act).is_some_and(|act| own.contains(&act));
    let concerned: Vec<Refusal> = refusals.iter().filter(concerns).cloned().collect();
    if concerned.is_empty() { Ok(()) } else { Err(KernelError::Elements(concerned)) }
}

/// What a change and its refusal have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    network: IpNetwork,
    scope: Scope,
    added: bool,
}

impl Subject {
    fn of_change(change: &Change) -> Self {
        let (network, scope, added) = match *change {
            Change::Add(Element { network, scope, .. }) => (network, scope, true),
            Change::Remove { network, scope } => (network, scope, false),
        };
        Self { network: canonical(network), scope, added }
    }

    fn of_act(act: &Act) -> Option<Self> {
        let (network, set, added) = match act {
            Act::Add { network, set } => (*network, set, true),
            Act::Remove { network, set } => (*network, set, false),
            _ => return None,
        };
        Some(Self { network, scope: SetId::parse(set)?.scope, added })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Cause;

    #[test]
    fn each_caller_hears_only_of_its_own_elements() {
        let add = |text: &str| {
            Change::Add(Element { network: text.parse().unwrap(), scope: Scope::All, timeout: None })
        };
        let (mine, theirs) = ([add("203.0.113.7")], [add("203.0.113.8")]);
        let act = Act::Add { network: "203.0.113.8".parse().unwrap(), set: "blocked4_b".to_owned() };
        let refusal = Refusal { act, cause: Cause::Full, words: None };
        let common = Err(KernelError::Elements(vec![refusal]));
        assert!(own_part(&common, &mine).is_ok());
        let error = own_part(&common, &theirs).unwrap_err();
        assert_eq!(error.to_string(), "adding 203.0.113.8/32 to set blocked4_b: set is full (ENFILE)");
    }
}
