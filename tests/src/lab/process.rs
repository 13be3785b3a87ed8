//! A program that runs in a namespace until it is stopped or dropped.

use std::{fs, process::ExitStatus, process::Stdio, time::Duration};

use anyhow::{Context, anyhow};
use nix::{
    sys::signal::{Signal, kill},
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};
use tokio::{
    io::AsyncRead,
    process::{Child, Command},
    time::timeout,
};

use super::{Namespace, Transcript};

/// How long a program may take to end: more than the agent's own limit of 10 s.
const STOP: Duration = Duration::from_secs(15);

/// A running program.
pub struct Process {
    child: Child,
    transcript: Transcript,
}

impl Process {
    /// Starts `command` in `namespace` and takes down all that it prints.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(namespace: &Namespace, mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = namespace.spawn(command).await?;
        let stdout = child.stdout.take().map(|out| Box::new(out) as Box<dyn AsyncRead + Send + Unpin>);
        let stderr = child.stderr.take().map(|out| Box::new(out) as Box<dyn AsyncRead + Send + Unpin>);
        Ok(Self { child, transcript: Transcript::of([stdout, stderr]) })
    }

    /// What it has printed.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Asks it to end, as systemd does, and waits until it has.
    ///
    /// # Errors
    /// When it has not within 15 s.
    pub async fn stop(mut self) -> anyhow::Result<ExitStatus> {
        kill(self.pid()?, Signal::SIGTERM).context("sending SIGTERM")?;
        self.ended(STOP).await.context("after SIGTERM")
    }

    /// Ends it between one instruction and the next.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn kill(&self) -> anyhow::Result<()> {
        kill(self.pid()?, Signal::SIGKILL).context("sending SIGKILL")
    }

    /// Asks it to take changes of its configuration, as `systemctl reload` does.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn reload(&self) -> anyhow::Result<()> {
        kill(self.pid()?, Signal::SIGHUP).context("sending SIGHUP")
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it has not within `limit`.
    pub async fn ended(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let ended = timeout(limit, self.child.wait()).await;
        let ended = ended.map_err(|_| anyhow!("it goes on after {} s", limit.as_secs()))?;
        ended.context("waiting for its end")
    }

    /// Memory that it occupies, in bytes (`VmRSS`, see proc(5)).
    ///
    /// # Errors
    /// When it has ended.
    pub fn resident_memory(&self) -> anyhow::Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most memory that it has occupied so far, in bytes (`VmHWM`, see proc(5)).
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak_memory(&self) -> anyhow::Result<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, figure: &str) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.pid()?);
        let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        let kibibytes = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_suffix("kB"));
        Ok(kibibytes.with_context(|| format!("{path} has no {figure}"))?.trim().parse::<u64>()? * 1024)
    }

    /// The CPU time that it has used so far, threads that have ended included.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu_time(&self) -> anyhow::Result<Duration> {
        let clock = clock_getcpuclockid(self.pid()?).context("finding its CPU clock")?;
        Ok(clock_gettime(clock).context("reading its CPU clock")?.into())
    }

    /// Its number.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pid(&self) -> anyhow::Result<Pid> {
        let id = self.child.id().ok_or_else(|| anyhow!("it has ended:\n{}", self.transcript.tail(15)))?;
        Ok(Pid::from_raw(i32::try_from(id)?))
    }
}
