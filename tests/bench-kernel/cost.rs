//! What something costs: time, CPU time and memory.

use std::{
    ffi::OsString,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use sentinel_tests::lab::Namespace;
use serde::{Deserialize, Serialize};

use crate::worker;

/// What one run of a program cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// From its start to its end.
    pub(crate) time: Duration,
    /// CPU time, in user space and in the kernel.
    pub(crate) cpu: Duration,
    /// The most memory that it occupied, in bytes (`ru_maxrss`).
    pub(crate) peak_memory: u64,
}

impl Cost {
    /// Runs a program in `namespace` and gives what it cost.
    pub(crate) async fn of(namespace: &Namespace, program: &[OsString]) -> anyhow::Result<Self> {
        // A process of its own, because the kernel counts all children of a process together, and a child's peak
        // memory from before its `exec` on, when it is still its parent's.
        let printed = namespace.output(worker::measure(program)?).await?;
        serde_json::from_str(&printed).with_context(|| format!("reading a cost: {printed}"))
    }

    /// The same for the first child of this process.
    pub(crate) fn of_only_child(program: &[OsString]) -> anyhow::Result<Self> {
        let (name, arguments) = program.split_first().context("there is no program to measure")?;
        let start = Instant::now();
        let status = Command::new(name)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("starting {}", name.display()))?;
        let time = start.elapsed();
        ensure!(status.success(), "{} failed ({status})", name.display());
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("asking what it used")?;
        let [user, system] = [usage.user_time(), usage.system_time()];
        let microseconds = (user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec();
        Ok(Self {
            time,
            cpu: Duration::from_micros(microseconds.try_into()?),
            peak_memory: u64::try_from(usage.max_rss())? * 1024,
        })
    }

    /// The median of each figure.
    pub(crate) fn median(costs: &[Self]) -> Self {
        Self {
            time: median(costs.iter().map(|cost| cost.time)),
            cpu: median(costs.iter().map(|cost| cost.cpu)),
            peak_memory: median(costs.iter().map(|cost| cost.peak_memory)),
        }
    }
}

/// The value in the middle, the upper one of two; nothing of nothing.
pub(crate) fn median<T: Ord + Copy + Default>(values: impl IntoIterator<Item = T>) -> T {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_value_in_the_middle_whatever_the_order() {
        assert_eq!(median([9, 1, 5]), 5);
        assert_eq!(median([1, 9]), 9);
        assert_eq!(median::<u32>([]), 0);
    }
}
