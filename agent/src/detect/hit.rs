//! What the detectors are told, and what they tell.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use sentinel_parsers::{Event, Kind, Provenance, Service};

use super::{
    FAILED_LOGIN, Mark,
    weight::{Family, family, weight},
};

/// One hostile event, as the detectors count it.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// Who did it.
    pub address: IpAddr,
    /// The daemon that was attacked.
    pub service: Service,
    /// What happened.
    pub kind: Kind,
    /// Whether the address is proven.
    pub provenance: Provenance,
    /// The attacker's port, by which the lines of one connection are told to belong together.
    pub port: Option<u16>,
    /// How many times.
    pub count: u32,
    /// The user name that was tried.
    pub user: Option<Mark>,
    /// The page or port that was looked for.
    pub target: Option<Mark>,
    /// When.
    pub at: Timestamp,
}

/// What weighs less is no attempt to log in, however often a monitor does it.
const MIN_SLOW: u32 = FAILED_LOGIN / 2;

impl Hit {
    /// This event at this time.
    #[must_use]
    pub fn new(event: &Event<'_>, at: Timestamp) -> Self {
        Self {
            address: event.address,
            service: event.service,
            kind: event.kind,
            provenance: event.provenance,
            port: event.port,
            count: event.count,
            user: event.user.map(Mark::of),
            target: event.target.map(Mark::of),
            at,
        }
    }

    /// The detectors that count it.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        let weighed = (weight(self.kind) > 0).then(|| Method::of(family(self.kind)));
        let slow = self.is_slow_attempt().then_some(Method::SlowBruteForce);
        let user = self.tried_user().map(|_| Method::UserEnumeration);
        let flood = self.kind.is_ordinary().then_some(Method::Flood);
        let search = self.searched().map(|(method, _)| method);
        let search = search.filter(|method| weighed != Some(*method));
        [weighed, slow, user, flood, search].into_iter().flatten()
    }

    pub(super) fn is_proven(&self) -> bool {
        self.provenance == Provenance::Proven
    }

    pub(super) fn is_slow_attempt(&self) -> bool {
        self.is_proven() && family(self.kind) == Family::Login && weight(self.kind) >= MIN_SLOW
    }

    /// What was asked for, where a page elsewhere can have made its visitor ask: an image that is embedded there is the
    /// same again and again, and an attack goes on to the next.
    pub(super) fn embeddable(&self) -> Option<Mark> {
        self.target.filter(|_| matches!(self.kind, Kind::WebProbe | Kind::Injection))
    }

    /// The user name, of which one client hardly tries many.
    pub(super) fn tried_user(&self) -> Option<Mark> {
        self.user.filter(|_| self.is_proven() && family(self.kind) == Family::Login)
    }

    /// What was looked for, and who counts it.
    pub(super) fn searched(&self) -> Option<(Method, Mark)> {
        let method = match self.kind {
            Kind::PacketDropped => Method::PortScan,
            Kind::NotFound | Kind::ClientError => Method::PathEnumeration,
            _ => return None,
        };
        Some((method, self.target?))
    }
}

/// The detectors, by what they look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Failed log-ins within a window.
    BruteForce,
    /// Failed log-ins over hours.
    SlowBruteForce,
    /// Many user names.
    UserEnumeration,
    /// Use of a service for what it is not there for.
    Abuse,
    /// Attacks on web applications.
    WebAttack,
    /// Requests that honest clients make too, but not that many.
    Flood,
    /// Many pages that are not there.
    PathEnumeration,
    /// Many ports.
    PortScan,
    /// What another tool says.
    Alert,
}

impl Method {
    /// The name in kebab-case, for example `bruteforce`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BruteForce => "bruteforce",
            Self::SlowBruteForce => "slow-bruteforce",
            Self::UserEnumeration => "user-enumeration",
            Self::Abuse => "abuse",
            Self::WebAttack => "web-attack",
            Self::Flood => "flood",
            Self::PathEnumeration => "path-enumeration",
            Self::PortScan => "port-scan",
            Self::Alert => "alert",
        }
    }

    /// The detector that counts what weighs something.
    pub(super) const fn of(family: Family) -> Self {
        match family {
            Family::Login => Self::BruteForce,
            Family::Abuse => Self::Abuse,
            Family::Web => Self::WebAttack,
            Family::Scan => Self::PortScan,
            Family::Alert => Self::Alert,
        }
    }
}

/// An attacker that this agent detected, with the lines that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The accused: an address, or the IPv6 network it is counted by.
    pub network: IpNetwork,
    /// The daemon that was attacked.
    pub service: Service,
    /// Which detector found it.
    pub method: Method,
    /// Whether the address is proven: what is only claimed blocks little and accuses nobody before others.
    pub provenance: Provenance,
    /// Hostile events within the window.
    pub events: u32,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    /// The first and last lines, oldest first.
    pub lines: Vec<SeenLine>,
}

/// A log line as it was read: it may hold what is private, and must not leave the house so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenLine {
    /// When what it tells happened.
    pub at: Timestamp,
    /// Its bytes, with the name of its program in front where the source gave it apart.
    pub raw: Box<[u8]>,
}

impl Detection {
    /// The name of the detector that made it.
    #[must_use]
    pub fn detector(&self) -> String {
        detector_name(self.service, self.method)
    }

    /// Whether its lines prove it to others, who count by weight alone.
    #[must_use]
    pub fn is_provable(&self) -> bool {
        let is_weighed = matches!(
            self.method,
            Method::BruteForce | Method::Abuse | Method::WebAttack | Method::PortScan | Method::Alert
        );
        is_weighed && self.provenance == Provenance::Proven && !self.lines.is_empty()
    }
}

/// A detector of a service, such as `sshd-bruteforce`.
#[must_use]
pub fn detector_name(service: Service, method: Method) -> String {
    format!("{}-{}", service.as_str(), method.as_str())
}
