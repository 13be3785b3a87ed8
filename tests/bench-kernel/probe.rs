//! Whether the kernel has what the agent was to give it, asked of the kernel and not of the agent.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;
use jiff::Timestamp;
use sentinel_agent::kernel::{Change, blocked};
use sentinel_tests::lab::{Namespace, firewall::Monitor};
use tokio::time::sleep;

use crate::{
    cost::median,
    element_query::holds,
    elements::{element, newcomers},
    ours,
};

/// How much later than the kernel `nft monitor` tells of a ban, as a median.
pub(crate) async fn delay_of_monitor() -> anyhow::Result<Duration> {
    let namespace = Namespace::new()?;
    let mut firewall = namespace.call(ours::open)??;
    let monitor = Monitor::start(&namespace).await?;
    let mut delays = Vec::new();
    for address in newcomers().take(10) {
        // Also the time that `nft monitor` needs to begin.
        sleep(Duration::from_millis(200)).await;
        firewall.apply(&[Change::Add(element(address))])?;
        let banned = Timestamp::now();
        let told = monitor.added("blocked4", address.into(), Duration::from_secs(10)).await?;
        delays.push(told.duration_since(banned).unsigned_abs());
    }
    Ok(median(delays))
}

/// Looks until all of `wanted` are blocked; gives how many were when it took longer than `limit`.
pub(crate) fn until_all_blocked(
    wanted: &BTreeSet<Ipv4Addr>,
    start: Instant,
    limit: Duration,
) -> anyhow::Result<Result<Duration, usize>> {
    loop {
        let addresses = blocked()?.into_iter().filter_map(|element| match element.network.network() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        });
        let found = addresses.filter(|address| wanted.contains(address)).count();
        if found == wanted.len() {
            return Ok(Ok(start.elapsed()));
        }
        if start.elapsed() > limit {
            return Ok(Err(found));
        }
        // Looking costs CPU time that the agent needs.
        thread::sleep(Duration::from_millis(20));
    }
}

/// Looks, in the network of the calling thread, until each of `sample` is blocked: of a million elements, a list
/// would take minutes.
pub(crate) fn until_sampled(sample: &[Ipv4Addr], limit: Duration) -> anyhow::Result<()> {
    let start = Instant::now();
    for address in sample {
        while !holds(*address)? {
            if start.elapsed() > limit {
                bail!("{address} was not in force within {} s", limit.as_secs());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
    Ok(())
}
