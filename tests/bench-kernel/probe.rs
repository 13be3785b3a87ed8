//! Whether the kernel has what the agent was to give it, asked of the kernel and not of the agent.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;
use sentinel_agent::kernel::blocked;
use sentinel_tests::lab::Host;
use tokio::{process::Command, time::sleep};

/// When something was seen, and how long the look took that saw it: the moment is known that well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) after: Duration,
    pub(crate) resolution: Duration,
}

/// Looks without a pause, in the network of the calling thread, until `address` is blocked.
pub(crate) fn until_blocked(address: Ipv4Addr, start: Instant, limit: Duration) -> anyhow::Result<Seen> {
    let wanted = IpAddr::from(address).into();
    while start.elapsed() < limit {
        let look = Instant::now();
        if blocked()?.iter().any(|element| element.network == wanted) {
            return Ok(Seen { after: start.elapsed(), resolution: look.elapsed() });
        }
    }
    bail!("{address} was not blocked within {} s", limit.as_secs())
}

/// Looks until all of `wanted` are blocked; gives how many were when it took longer than `limit`.
pub(crate) fn until_all_blocked(
    wanted: &BTreeSet<Ipv4Addr>,
    start: Instant,
    limit: Duration,
) -> anyhow::Result<Result<Seen, usize>> {
    loop {
        let look = Instant::now();
        let addresses = blocked()?.into_iter().filter_map(|element| match element.network.network() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        });
        let found = addresses.filter(|address| wanted.contains(address)).count();
        if found == wanted.len() {
            return Ok(Ok(Seen { after: start.elapsed(), resolution: look.elapsed() }));
        }
        if start.elapsed() > limit {
            return Ok(Err(found));
        }
        // Looking costs CPU time that the agent needs.
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a host's kernel drops each of `sample`: of a million elements, a list would take minutes.
pub(crate) async fn until_sampled(host: &Host, sample: &[Ipv4Addr], limit: Duration) -> anyhow::Result<()> {
    let list = sample.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let start = Instant::now();
    while start.elapsed() < limit {
        let mut command = Command::new("nft");
        command.args(["get", "element", "inet", "sentinel", "blocked4", &format!("{{ {list} }}")]);
        if host.namespace.output(command).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    bail!("not all were in force within {} s", limit.as_secs())
}
