//! What something costs: time, CPU time and memory.

use std::{
    env,
    ffi::OsString,
    fs::File,
    io,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

use crate::lab::Namespace;

/// What one run of a program cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// From its start to its end.
    pub time: Duration,
    /// CPU time, in user space and in the kernel.
    pub cpu: Duration,
    /// The most memory that it occupied, in bytes (`ru_maxrss`).
    pub peak_memory: u64,
}

/// A program to measure, as the arguments of a benchmark's hidden command `measure`.
#[derive(Clone, Debug, clap::Args)]
pub struct Job {
    /// What it reads on its standard input.
    #[arg(long)]
    pub input: Option<PathBuf>,
    /// The program with its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    pub program: Vec<OsString>,
}

impl Job {
    /// `program` with nothing to read.
    #[must_use]
    pub fn of(program: Vec<OsString>) -> Self {
        Self { input: None, program }
    }

    /// Runs it as the first child of this process, and prints what it cost for [`Cost::of`].
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub fn run(&self) -> anyhow::Result<()> {
        let (name, arguments) = self.program.split_first().context("there is no program to measure")?;
        let input = match &self.input {
            Some(path) => File::open(path).with_context(|| format!("opening {}", path.display()))?.into(),
            None => Stdio::null(),
        };
        let start = Instant::now();
        // Into a pipe, because `grep` looks no further than the first match when nobody reads what it says.
        let output = Command::new(name)
            .args(arguments)
            .stdin(input)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("starting {}", name.display()))?;
        let time = start.elapsed();
        ensure!(output.status.success(), "{} failed ({})", name.display(), output.status);
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("asking what it used")?;
        let [user, system] = [usage.user_time(), usage.system_time()];
        let microseconds = (user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec();
        let cpu = Duration::from_micros(microseconds.try_into()?);
        let peak_memory = u64::try_from(usage.max_rss())? * 1024;
        Ok(serde_json::to_writer(io::stdout(), &Cost { time, cpu, peak_memory })?)
    }
}

impl Cost {
    /// Runs a program in `namespace` and gives what it cost. The calling program must have the command `measure`, which
    /// runs its [`Job`]: the kernel counts all children of a process together, and a child's peak memory from before
    /// its `exec` on, when it is still its parent's.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub async fn of(namespace: &Namespace, job: &Job) -> anyhow::Result<Self> {
        let mut command = tokio::process::Command::new(this_program()?);
        command.arg("measure");
        if let Some(input) = &job.input {
            command.arg("--input").arg(input);
        }
        command.arg("--").args(&job.program);
        let printed = namespace.output(command).await?;
        serde_json::from_str(&printed).with_context(|| format!("reading a cost: {printed}"))
    }

    /// The median of each figure.
    #[must_use]
    pub fn median(costs: &[Self]) -> Self {
        Self {
            time: median(costs.iter().map(|cost| cost.time)),
            cpu: median(costs.iter().map(|cost| cost.cpu)),
            peak_memory: median(costs.iter().map(|cost| cost.peak_memory)),
        }
    }
}

/// The file of the calling program.
///
/// # Errors
/// When the system does not tell.
pub fn this_program() -> anyhow::Result<OsString> {
    Ok(env::current_exe().context("finding this program's own file")?.into_os_string())
}

/// The value in the middle, the upper one of two; nothing of nothing.
pub fn median<T: Ord + Copy + Default>(values: impl IntoIterator<Item = T>) -> T {
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
