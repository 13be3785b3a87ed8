//! What an operator is shown of the way to this agent.

use std::sync::Arc;

use tokio::sync::watch;

use super::{PublicUrl, Reach, Updater};
use crate::{
    control::{DynamicDnsView, ReachView, VisitView},
    domain::PublicAddresses,
    dynamic_dns::{Schedule, Told},
    serve::Visits,
};

/// A dynamic DNS service.
struct Service {
    name: String,
    trouble: Option<String>,
    schedule: Schedule,
    told: watch::Receiver<Option<Told>>,
}

/// All that is shown, as it is at any moment.
pub(in crate::daemon) struct ReachBoard {
    url: PublicUrl,
    is_configured: bool,
    addresses: watch::Receiver<PublicAddresses>,
    service: Option<Service>,
    visits: Option<Arc<Visits>>,
}

impl ReachBoard {
    /// Of this; `visits` are those of the server, where there is one.
    pub(in crate::daemon) fn of(reach: &Reach, visits: Option<Arc<Visits>>) -> Self {
        let service = reach.updater.as_ref();
        Self {
            url: reach.public_url(),
            is_configured: reach.serve.public_url.is_some(),
            addresses: reach.addresses.subscribe(),
            service: service.map(Service::of),
            visits,
        }
    }

    /// Of an agent that nobody reaches.
    #[cfg(test)]
    pub(in crate::daemon) fn unreachable() -> Self {
        let addresses = watch::channel(PublicAddresses::default()).1;
        Self {
            url: PublicUrl(watch::channel(None).1),
            is_configured: false,
            addresses,
            service: None,
            visits: None,
        }
    }

    /// How it is now.
    pub(in crate::daemon) fn view(&self) -> ReachView {
        let addresses = *self.addresses.borrow();
        let visit = self.visits.as_ref().and_then(|visits| visits.last());
        ReachView {
            public_url: self.url.get().map(|url| url.base().to_owned()),
            is_configured: self.is_configured,
            addresses,
            instance: self.visits.as_ref().map(|visits| visits.instance_name().to_owned()),
            last_visit: visit.map(|visit| VisitView { at: visit.at, peer: visit.peer, source: visit.source }),
            dynamic_dns: self.service.as_ref().map(|service| service.view(addresses)),
        }
    }
}

impl Service {
    fn of(updater: &Updater) -> Self {
        Self {
            name: updater.service(),
            trouble: updater.trouble(),
            schedule: updater.schedule(),
            told: updater.told(),
        }
    }

    fn view(&self, addresses: PublicAddresses) -> DynamicDnsView {
        let Self { name, trouble, schedule, told } = self;
        let last = told.borrow().clone();
        let is_told_again = last.is_some() && trouble.is_none();
        let next = schedule.due(last.as_ref(), addresses).filter(|_| is_told_again);
        DynamicDnsView { service: name.clone(), trouble: trouble.clone(), last, next }
    }
}
