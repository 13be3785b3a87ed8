//! Whether this kernel can do what the firewall needs: the firewall itself, tried where it drops nobody.

use std::{io, sync::Arc, thread, time::Duration};

use ipnetwork::IpNetwork;
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};

use super::{Element, Firewall, Health, KernelError, Options, Scope};

/// What the kernel can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// Whether it keeps others from changing the table (Linux 6.9).
    pub is_owner: bool,
}

/// Why it is not known what the kernel can do, or what it cannot.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// This user may make no network namespace to try it in.
    #[error("making a network namespace to try the kernel in: {0}")]
    Namespace(#[source] Errno),
    /// No thread could be started for it.
    #[error("starting a thread to try the kernel in: {0}")]
    Thread(#[source] io::Error),
    /// The kernel refuses what the firewall does.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// What was written is not there.
    #[error("the kernel took the table and has another one: {0}")]
    Damaged(super::Damage),
}

/// What the firewall is made of: sets with timeouts of single addresses and of networks, common and uncommon, in both
/// scopes, and an allowlist of intervals.
const BLOCKED: [(&str, Scope); 5] = [
    ("203.0.113.7/32", Scope::All),
    ("198.51.100.0/24", Scope::Inbound),
    ("192.0.2.128/27", Scope::All),
    ("2001:db8::7/128", Scope::Inbound),
    ("2001:db8:1::/64", Scope::All),
];
const ALLOWED: [&str; 2] = ["198.18.0.0/15", "2001:db8:2::/48"];

/// Writes the table into a network namespace of its own, which goes with it, and looks whether it is there.
///
/// # Errors
/// When no namespace can be made (it takes CAP_SYS_ADMIN), or the kernel lacks something.
pub fn try_out() -> Result<Trial, TrialError> {
    let trial = thread::Builder::new().name("trial".to_owned()).spawn(|| {
        // Only this thread leaves the namespace of the others.
        unshare(CloneFlags::CLONE_NEWNET).map_err(TrialError::Namespace)?;
        write_and_look()
    });
    let ended = |_| KernelError::Thread(Arc::new(io::Error::other("it ended before it was done")));
    trial.map_err(TrialError::Thread)?.join().map_err(ended)?
}

fn write_and_look() -> Result<Trial, TrialError> {
    let network = |text: &str| text.parse::<IpNetwork>().ok();
    let element = |(text, scope): (&str, Scope)| {
        Some(Element { network: network(text)?, scope, timeout: Some(Duration::from_secs(60).into()) })
    };
    let blocked: Vec<Element> = BLOCKED.into_iter().filter_map(element).collect();
    let allowed: Vec<IpNetwork> = ALLOWED.into_iter().filter_map(network).collect();
    let mut firewall = Firewall::open(Options::default(), &[])?;
    firewall.replace(&blocked, &allowed)?;
    match firewall.check(&[])? {
        Health::Intact => Ok(Trial { is_owner: firewall.is_owner() }),
        Health::Damaged(damage) => Err(TrialError::Damaged(damage)),
    }
}
