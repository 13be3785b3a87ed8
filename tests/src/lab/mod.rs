//! A small internet on this machine: an attacker, routers to attack and what lies between them.
//!
//! Every host is a network namespace of its own, with real routing, a real kernel firewall, real OpenSSH,
//! the real agent and a real ledger program. Nothing of it has a name outside of the process that
//! made it, so any number of labs can stand side by side, and all of a lab is gone when its values are dropped.
//!
//! ```text
//!   attacker 203.0.113.7        C 198.51.100.130
//!            \                    /
//!             internet (router, ledger 198.18.0.1)
//!            /                    \
//!   A 198.51.100.2              B 192.0.2.2
//! ```
//!
//! - [`Namespace`]: a network stack, and the way to do something in it; [`private_network`] is one for the calling thread.
//! - [`Host`] and [`Site`]: a namespace with addresses, behind the lab's router.
//! - [`Process`] and [`Transcript`]: a program in a namespace, and what it said when.
//! - [`Sshd`], [`BruteForce`], [`Nginx`], [`Browser`]: who is attacked, and how.
//! - [`Proxy`]: a reverse proxy before an agent; [`DynamicDns`]: the service that keeps a name on a host's address.
//! - [`Relay`]: a real syslog client, which hands a log on to another machine.
//! - [`Agent`]: the daemon with its config, and its command line; [`FakeClock`]: a wall clock for it that can be set.
//! - [`Ledger`]: the dev ledger or a real validator.
//! - [`firewall`]: what the kernel says, independently of the agent.

mod agent;
mod binaries;
mod browser;
mod brute_force;
mod dynamic_dns;
mod fake_clock;
pub mod firewall;
mod host;
mod interrupt;
mod ledger;
mod namespace;
mod network;
mod nginx;
mod process;
mod proxy;
mod relay;
mod site;
mod small_disk;
mod sshd;
mod transcript;
mod validator;

use std::{path::Path, sync::Arc};

use anyhow::Context;
use sentinel_interface::Parameters;
use tempfile::TempDir;

use crate::dev_ledger::Options;

pub use agent::{Agent, Event, ListedBlock, PORT as LOG_PORT, Settings};
pub use browser::Browser;
pub use brute_force::{Attempt, BruteForce};
pub use dynamic_dns::{DYNAMIC_DNS_PORT, DynamicDns};
pub use fake_clock::FakeClock;
pub use host::Host;
pub use interrupt::unless_interrupted;
pub use ledger::{Ledger, LedgerKind};
pub use namespace::Namespace;
pub use network::{ip, nft, private_network};
pub use nginx::{Nginx, WEB_PORT};
pub use process::Process;
pub use proxy::Proxy;
pub use relay::Relay;
pub use site::Site;
pub use small_disk::SmallDisk;
pub use sshd::{PORT as SSH_PORT, Sshd};
pub use transcript::{Line, Transcript};

/// The router that all hosts are connected to, and the folder in which they keep their files.
pub struct Lab {
    internet: Arc<Namespace>,
    directory: TempDir,
}

impl Lab {
    /// Makes the router, with the ledger's address on it.
    ///
    /// # Errors
    /// When this process may not make network namespaces (it has to be root).
    pub fn build() -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("sentinel-lab-")
            .tempdir()
            .context("making the lab's folder for temporary files")?;
        let internet = Arc::new(Namespace::new().context("making the internet")?);
        let address = ledger::ADDRESS;
        internet.ip(&format!("address add {address}/32 dev lo"))?;
        internet.set("ipv4/ip_forward", "1")?;
        internet.set("ipv6/conf/all/forwarding", "1")?;
        Ok(Self { internet, directory })
    }

    /// Connects a host.
    ///
    /// # Errors
    /// When the host's namespace, link or folder cannot be made, as for a site that is taken.
    pub fn connect(&self, site: &'static Site) -> anyhow::Result<Arc<Host>> {
        let connected = Host::connect(site, &self.internet, self.directory());
        Ok(Arc::new(connected.with_context(|| format!("connecting {}", site.name))?))
    }

    /// Starts a ledger that every host reaches.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn ledger(&self, kind: &LedgerKind) -> anyhow::Result<Ledger> {
        self.start_ledger(kind, Options::default().parameters).await
    }

    /// The same with cycles of so many seconds.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn ledger_with_cycles_of(&self, seconds: i64, kind: &LedgerKind) -> anyhow::Result<Ledger> {
        let parameters = Parameters { cycle_length: seconds, ..Options::default().parameters };
        self.start_ledger(kind, parameters).await
    }

    async fn start_ledger(&self, kind: &LedgerKind, parameters: Parameters) -> anyhow::Result<Ledger> {
        Ledger::start(kind, parameters, &self.internet, self.directory())
            .await
            .with_context(|| format!("starting the {kind}"))
    }

    /// Adds a network behind which packets get lost without a word.
    ///
    /// # Errors
    /// When that route exists already.
    pub fn lose_packets_to(&self, network: &str) -> anyhow::Result<()> {
        self.internet.ip(&format!("route add blackhole {network}"))
    }

    fn directory(&self) -> &Path {
        self.directory.path()
    }
}
