//! Keeps a name on this host's addresses: tells the dynamic DNS service what changes.

use std::time::Duration;

use jiff::Timestamp;
use tokio::{sync::watch, time::sleep};

use super::{super::fetching::operators_policy, memory::Memory};
use crate::{
    config::{self, ConfigError, DynamicDnsSettings},
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
    schedule: Schedule,
    policy: FetchPolicy,
    told: watch::Sender<Option<Told>>,
    memory: Memory,
}

impl Updater {
    /// The service that the config names, if it names one.
    ///
    /// # Errors
    /// When its password cannot be read.
    pub(super) fn new(section: &DynamicDnsSettings, memory: Memory) -> Result<Option<Self>, ConfigError> {
        let Some(url) = section.url.clone() else { return Ok(None) };
        let password = section.password_file.as_deref().map(config::secret).transpose()?;
        let username = section.username.clone();
        let schedule = Schedule { pause: section.pause.0, every: section.every.0 };
        // A refusal is tried once more after a start: the operator may have put it right.
        let told = memory.told(url.secret_text()).filter(|told| told.answer.verdict != Verdict::Refused);
        let (told, policy) = (watch::Sender::new(told), operators_policy());
        Ok(Some(Self { url, username, password, schedule, policy, told, memory }))
    }

    /// The service as it may be shown.
    pub(super) fn service(&self) -> String {
        self.url.origin()
    }

    pub(super) fn schedule(&self) -> Schedule {
        self.schedule
    }

    pub(super) fn told(&self) -> watch::Receiver<Option<Told>> {
        self.told.subscribe()
    }

    /// Tells it what it has to know, when it has to, for ever.
    pub(super) async fn run(&self, mut addresses: watch::Receiver<PublicAddresses>) {
        loop {
            let now = *addresses.borrow_and_update();
            let due = self.schedule.due(self.told.borrow().as_ref(), now);
            let wait =
                due.map(|due| Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default());
            if wait == Some(Duration::ZERO) {
                self.tell(now).await;
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
