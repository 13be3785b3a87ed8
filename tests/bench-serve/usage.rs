//! What the kernel counts of a process.

use std::{fs, time::Duration};

use anyhow::Context;
use nix::time::{ClockId, clock_gettime};

/// The kernel's clock ticks a second, in what it shows of processes (`sysconf(_SC_CLK_TCK)`, 100 on Linux).
const TICKS: u64 = 100;

/// CPU time that a process used so far, in user space and in the kernel.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    // What follows the name, which may contain anything: state, parent, ..., user time (12th), system time.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let mut ticks = 0;
    for at in [11, 12] {
        ticks += fields.get(at).context("a process without CPU time")?.parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// The most memory that a process occupied so far, in bytes.
pub(crate) fn peak_memory(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak memory")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// CPU time that this thread used so far.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
