//! What this host knows of itself besides its addresses and routes: resolvers, who is logged in, what names mean.
//!
//! Each is a [`watch::Receiver`](tokio::sync::watch::Receiver) of plain values that holds what is true now and tells of
//! every change. Files are watched, not polled; names are looked up in the background. None of it can fail: what cannot
//! be read protects nobody, and says so in the log.
//!
//! What a hostile party can do with each, and what bounds it:
//!
//! | input | who can write it | the worst it does |
//! |---|---|---|
//! | `resolv.conf` | root, the DHCP server | 32 addresses are not blocked, nor networks around them |
//! | `utmp`, logind's sessions | root's daemons, after a log-in that succeeded | whoever has an account is let through while logged in; never a neighbour, at most 1,024 addresses |
//! | host names in them | whoever owns the reverse DNS of an attacking address | nothing: only addresses count, names are not looked at |
//! | a DNS answer | whoever answers for the name, or forges it | 64 addresses a name are let through, for as long as the answer stays; never a neighbour, and no answer takes the last good one away |
//!
//! So a name on the allowlist is as trustworthy as its zone and the way to it: where addresses do, name addresses.

mod names;
mod own;
mod resolvers;
mod sessions;
mod watch;

use std::{
    fs::OpenOptions,
    io::{self, ErrorKind, Read},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

pub use names::{Answer, Answers, resolve};
pub use own::{OwnFiles, hostname, own_names};
pub use resolvers::{RESOLV_CONF, UPSTREAM_RESOLV_CONF, resolvers};
pub use sessions::{LOGIND_SESSIONS, UTMP, sessions};

/// The first bytes of a regular file; none of one that is missing or cannot be read.
fn first_bytes(path: &Path, at_most: u64) -> Vec<u8> {
    read(path, at_most).unwrap_or_else(|error| {
        if error.kind() != ErrorKind::NotFound {
            tracing::warn!(path = %path.display(), "reading {}: {error}", path.display());
        }
        Vec::new()
    })
}

fn read(path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
    // Opening must not wait: a fifo may stand there, and logind keeps some beside its sessions.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let mut bytes = Vec::new();
    if file.metadata()?.is_file() {
        file.take(at_most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reads an address as such files write it, perhaps with a zone (`fe80::1%eth0`). None when it is no single host's.
fn host_address(text: &str) -> Option<IpAddr> {
    let address = text.split('%').next()?.parse::<IpAddr>().ok()?;
    is_host(address).then(|| address.to_canonical())
}

/// Whether this can be the address of a single host.
fn is_host(address: IpAddr) -> bool {
    let address = address.to_canonical();
    !address.is_unspecified() && !address.is_multicast()
}

/// In order, without repetition, and no more than `at_most`.
fn bounded(mut addresses: Vec<IpAddr>, at_most: usize) -> Vec<IpAddr> {
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(at_most);
    addresses
}
