//! The settings, section by section, each with the defaults the shipped sample shows.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use ipnetwork::IpNetwork;
use jiff::SignedDuration;
use serde::Deserialize;

use super::{Bytes, Endpoints, ServiceName, ServiceSettings, Span};
use crate::{
    domain::{AllowTarget, Commitment, Karma, PeerKey, ProgramId, Scope},
    trust::{Policy, Quorum},
};

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

mod serve;
mod sources;

pub(super) use serve::is_within;
pub use serve::{DynamicDnsSettings, ServeSettings};
pub use sources::{JournaldSettings, NflogSettings, SourceSettings, StartAt, SyslogSettings};

section! {
    /// The whole configuration.
    Settings {
        /// `[identity]`
        identity: IdentitySettings = IdentitySettings::default(),
        /// `[store]`
        store: StoreSettings = StoreSettings::default(),
        /// `[metrics]`
        metrics: MetricsSettings = MetricsSettings::default(),
        /// `[control]`
        control: ControlSettings = ControlSettings::default(),
        /// `[sources]`
        sources: SourceSettings = SourceSettings::default(),
        /// `[detect]`
        detect: DetectSettings = DetectSettings::default(),
        /// `[block]`
        block: BlockSettings = BlockSettings::default(),
        /// `[guard]`
        guard: GuardSettings = GuardSettings::default(),
        /// `[trust]`
        trust: TrustSettings = TrustSettings::default(),
        /// `[share]`
        share: ShareSettings = ShareSettings::default(),
        /// `[serve]`
        serve: ServeSettings = ServeSettings::default(),
        /// `[fetch]`
        fetch: FetchSettings = FetchSettings::default(),
        /// `[mirror]`
        mirror: MirrorSettings = MirrorSettings::default(),
        /// `[ledger]`
        ledger: LedgerSettings = LedgerSettings::default(),
    }
}

section! {
    /// Who this agent is.
    IdentitySettings {
        /// Solana CLI key file.
        key_file: PathBuf = "/var/lib/sentinel-agent/identity.json".into(),
    }
}

section! {
    /// Where state is kept.
    StoreSettings {
        /// Malicious logs and the database.
        directory: PathBuf = "/var/lib/sentinel-agent".into(),
        /// Of all logs together.
        capacity: Bytes = Bytes(1 << 30),
    }
}

section! {
    /// How the command line reaches the daemon.
    ControlSettings {
        /// Unix socket.
        socket: PathBuf = "/run/sentinel-agent/control.sock".into(),
    }
}

section! {
    /// How it is told what the agent measures.
    MetricsSettings {
        /// Address at which Prometheus may ask; without it, what is measured is told over the control socket alone.
        listen: Option<SocketAddr> = None,
    }
}

section! {
    /// When hostile events make an attacker.
    DetectSettings {
        /// Failed log-ins, or what weighs as much, within the window.
        threshold: u32 = 5,
        /// The sliding window.
        window: Span = Span(SignedDuration::from_mins(10)),
        /// Requests that honest clients make too, within the window; 0 for any number.
        flood: u32 = 200,
        /// Different user names within the window of targets; 0 for any number.
        users: usize = 10,
        /// Different missing pages within the window; 0 for any number.
        paths: usize = 100,
        /// Different ports within the window of targets; 0 for any number.
        ports: usize = 20,
        /// The window in which different targets are counted.
        target_window: Span = Span(SignedDuration::from_hours(1)),
        /// Whether a severe alert or a known exploit is enough by itself.
        instant: bool = true,
        /// Failed log-ins within the slow window, whatever the service; 0 for any number.
        slow_threshold: u32 = 30,
        /// The window of slow brute force.
        slow_window: Span = Span(SignedDuration::from_hours(24)),
        /// Addresses counted at once.
        max_tracked: usize = 100_000,
        /// Rules about web requests instead of those shipped.
        web_rules: Option<PathBuf> = None,
        /// `[detect.services.NAME]`
        services: BTreeMap<ServiceName, ServiceSettings> = BTreeMap::new(),
    }
}

section! {
    /// What a block is.
    BlockSettings {
        /// How long a local or a peer's block lasts; of one who attacks again, the first.
        duration: Span = Span(SignedDuration::from_hours(4)),
        /// How many times longer each further block of an attacker is.
        growth: u32 = 2,
        /// The longest that a block becomes.
        max_duration: Span = Span(SignedDuration::from_hours(7 * 24)),
        /// How long an attacker must be free of blocks for one of them to be forgiven.
        forget_after: Span = Span(SignedDuration::from_hours(7 * 24)),
        /// How long a block lasts whose source may be forged.
        claimed_duration: Span = Span(SignedDuration::from_mins(10)),
        /// Networks that may be blocked at once.
        capacity: usize = 2_000_000,
        /// What a block drops whose only reasons are peers' posts.
        peers: Scope = Scope::Inbound,
        /// Prefix length by which IPv6 attackers are blocked.
        ipv6_prefix: u8 = 64,
        /// Count what each block drops.
        counters: bool = false,
        /// End the connections that a newly blocked address has open.
        drop_connections: bool = false,
        /// Decide and show, block nothing.
        observe: bool = false,
    }
}

section! {
    /// What is never blocked besides what the guard knows by itself.
    GuardSettings {
        /// The operator's allowlist: networks, addresses and DNS names.
        allow: Vec<AllowTarget> = vec![],
        /// How often names are looked up: those on the allowlist and the ledger's.
        resolve_every: Span = Span(SignedDuration::from_mins(5)),
    }
}

section! {
    /// What other peers' posts may do here.
    TrustSettings {
        /// Karma from which a reporter is believed.
        min_karma: Karma = Karma(50),
        /// Words that block somebody: those of different believed peers, and this agent's own.
        min_reporters: Quorum = Quorum::Auto,
        /// Hostile events a log must show of an attacker.
        min_events: u32 = 3,
        /// Attackers taken from one post.
        max_attackers: usize = 1000,
        /// Age up to which evidence counts.
        max_age: Span = Span(SignedDuration::from_hours(24)),
        /// Peers that are always believed.
        trusted: Vec<PeerKey> = vec![],
        /// Peers that are never believed.
        banned: Vec<PeerKey> = vec![],
    }
}

section! {
    /// What leaves this house.
    ShareSettings {
        /// Publish malicious logs of what this agent detects.
        publish: bool = false,
        /// Words that never leave, besides this host's own addresses and names: names, domains, addresses, networks.
        private: Vec<String> = vec![],
    }
}

section! {
    /// How logs are fetched.
    FetchSettings {
        /// Internal networks from which logs may be fetched all the same.
        allow_internal: Vec<IpNetwork> = vec![],
        /// Fetch over plain http too.
        allow_http: bool = false,
    }
}

section! {
    /// Copies of other peers' logs.
    MirrorSettings {
        /// Announce copies of popular posts' logs on the ledger; they are served either way.
        enabled: bool = true,
        /// A post with more likes than this is popular.
        min_likes: u64 = 10,
        /// Of all copies together; at most half of the store.
        capacity: Bytes = Bytes(256 << 20),
    }
}

section! {
    /// The ledger; without `rpc` the agent runs standalone.
    LedgerSettings {
        /// JSON-RPC endpoints, in the order in which they are asked.
        rpc: Endpoints = Endpoints::default(),
        /// Their websockets in the same order; derived from `rpc` when left out.
        websocket: Endpoints = Endpoints::default(),
        /// The Sentinel program's address.
        program: Option<ProgramId> = None,
        /// How sure the ledger has to be of what it says.
        commitment: Commitment = Commitment::Confirmed,
        /// Lamports for fees and rents a day (UTC).
        daily_budget: u64 = 500_000_000,
        /// Most lamports that one act pays for being preferred while the ledger is congested.
        max_priority_fee: u64 = 50_000,
        /// Age from which this agent's own posts are taken off the ledger, for their rent.
        retire_after: Span = Span(SignedDuration::from_hours(7 * 24)),
    }
}

impl LedgerSettings {
    /// Whether the agent takes part in no network.
    #[must_use]
    pub fn is_standalone(&self) -> bool {
        self.rpc.0.is_empty()
    }
}

impl TrustSettings {
    /// The same as the trust policy, where a peer's block lasts this long.
    #[must_use]
    pub fn policy(&self, lasts: SignedDuration) -> Policy {
        Policy {
            min_karma: self.min_karma,
            min_reporters: self.min_reporters,
            min_events: self.min_events,
            max_attackers: self.max_attackers,
            max_age: self.max_age.0,
            lasts,
            pinned: self.trusted.iter().copied().collect(),
            banned: self.banned.iter().copied().collect(),
        }
    }
}
