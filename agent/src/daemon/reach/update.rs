//! Keeps a name on this host's addresses: tells the dynamic DNS service what changes.

use std::time::Duration;

use jiff::Timestamp;
use tokio::{sync::watch, time::sleep};

use super::{super::fetching::operators_policy, memory::Memory};
use crate::{
    config::DynamicDnsSettings,
    domain::{PublicAddresses, UpdateUrl},
    dynamic_dns::{Answer, Schedule, Told, Verdict},
    fetch::{Credentials, FetchPolicy, PageRequest, page},
};

/// The longest sleep: whoever sets the clock meanwhile does not put an update off for ever.
const LONGEST_SLEEP: Duration = Duration::from_secs(600);

/// Tells one service.
pub(super) struct Updater {
    url: UpdateUrl,
    username: Option<String>,
    password: Option<String>,
    trouble: Option<String>,
    schedule: Schedule,
    policy: FetchPolicy,
    told: watch::Sender<Option<Told>>,
    memory: Memory,
}

impl Updater {
    /// The service that the config names, if it names one. Without the password that it wants it is never called: that
    /// is no reason to leave the firewall open.
    pub(super) fn new(section: &DynamicDnsSettings, memory: Memory) -> Option<Self> {
        let url = section.url.clone()?;
        let (password, trouble) = match section.read_password() {
            Ok(password) => (password, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let username = section.username.clone();
        let schedule = Schedule { pause: section.pause.0, every: section.every.0 };
        // A refusal is tried once more after a start: the operator may have put it right.
        let told = memory.told(url.secret_text()).filter(|told| told.answer.verdict != Verdict::Refused);
        let (told, policy) = (watch::Sender::new(told), operators_policy());
        Some(Self { url, username, password, trouble, schedule, policy, told, memory })
    }

    /// The service as it may be shown.
    pub(super) fn service(&self) -> String {
        self.url.origin()
    }

    /// Why the service is never called, when it is not.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }

    pub(super) fn schedule(&self) -> Schedule {
        self.schedule
    }

    pub(super) fn told(&self) -> watch::Receiver<Option<Told>> {
        self.told.subscribe()
    }

    /// Tells it what it has to know, when it has to, for ever.
    pub(super) async fn run(&self, mut addresses: watch::Receiver<PublicAddresses>) {
        if let Some(trouble) = &self.trouble {
            let service = self.service();
            return tracing::error!(
                step = "dynamic-dns",
                %service,
                "{service} is told no address before the agent is restarted: {trouble}"
            );
        }
        loop {
            let current = *addresses.borrow_and_update();
            let wait = self.wait(current, Timestamp::now());
            if wait == Some(Duration::ZERO) {
                self.tell(current).await;
                continue;
            }
            tokio::select! {
                changed = addresses.changed() => if changed.is_err() { return },
                () = sleep(wait.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)) => {}
            }
        }
    }

    fn credentials(&self) -> Option<Credentials<'_>> {
        let (name, password) = self.username.as_deref().zip(self.password.as_deref())?;
        Some(Credentials { name, password })
    }

    /// How long these addresses are not told yet, as long as nothing changes; none when they need not be told.
    fn wait(&self, addresses: PublicAddresses, now: Timestamp) -> Option<Duration> {
        if self.told.send_if_modified(|told| told.as_mut().is_some_and(|told| told.correct(now)))
            && let Some(told) = &*self.told.borrow()
        {
            self.memory.keep_told(self.url.secret_text(), told);
        }
        let due = self.schedule.due(self.told.borrow().as_ref(), addresses)?;
        Some(Duration::try_from(due.duration_since(now)).unwrap_or_default())
    }

    async fn tell(&self, addresses: PublicAddresses) {
        let answer = self.ask(addresses).await;
        let (service, meaning) = (self.service(), &answer.meaning);
        match answer.verdict {
            Verdict::Updated | Verdict::Unchanged => {
                tracing::info!(step = "dynamic-dns", %service, "told {service} {addresses}: {meaning}");
            }
            Verdict::Later => tracing::warn!("telling {service} {addresses}, to be tried again: {meaning}"),
            Verdict::Refused => tracing::error!(
                "telling {service} {addresses}: {meaning}; not tried again before the agent is restarted"
            ),
        }
        let told = Told::after(self.told.borrow().as_ref(), addresses, answer, Timestamp::now());
        self.memory.keep_told(self.url.secret_text(), &told);
        self.told.send_replace(Some(told));
    }

    async fn ask(&self, addresses: PublicAddresses) -> Answer {
        let Some(url) = self.url.filled(addresses, self.password.as_deref()) else {
            return Answer::no_url();
        };
        let request = PageRequest { url: &url, authorization: self.credentials(), pinned: None };
        match page(request, &self.policy).await {
            Ok(page) => Answer::read(page.status, &page.body),
            Err(error) => Answer::unreachable(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn section() -> DynamicDnsSettings {
        let url = Some("https://www.duckdns.org/update?domains=a&ip={ipv4}".parse().unwrap());
        DynamicDnsSettings { url, ..DynamicDnsSettings::default() }
    }

    #[test]
    fn a_clock_that_was_ahead_in_the_last_run_delays_an_update_by_no_more_than_the_pause() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::open(folder.path());
        let section = section();
        let url = section.url.as_ref().unwrap().secret_text();
        let (nowhere, now) = (PublicAddresses::default(), Timestamp::UNIX_EPOCH);
        let ahead = now + SignedDuration::from_hours(24 * 365);
        memory.keep_told(url, &Told::after(None, nowhere, Answer::read(200, b"good"), ahead));
        let updater = Updater::new(&section, memory.clone()).unwrap();
        let here = PublicAddresses { v4: Some([203, 0, 113, 1].into()), v6: None };
        let pause = section.pause.0.unsigned_abs();
        assert_eq!(updater.wait(here, now), Some(pause));
        assert_eq!(updater.wait(here, now + section.pause.0), Some(Duration::ZERO));
        assert_eq!(memory.told(url).unwrap().at, now);
    }

    #[tokio::test]
    async fn without_its_password_the_service_is_never_called_and_all_else_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("password");
        let section = DynamicDnsSettings { password_file: Some(missing.clone()), ..section() };
        let updater = Updater::new(&section, Memory::open(folder.path())).unwrap();
        updater.run(watch::channel(PublicAddresses::default()).1).await;
        assert_eq!(*updater.told().borrow(), None);
        let trouble = updater.trouble().unwrap();
        assert!(trouble.contains(missing.to_str().unwrap()), "{trouble}");
    }
}
