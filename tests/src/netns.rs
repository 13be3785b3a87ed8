//! Private networks for tests: the real kernel, out of everybody's way.
//!
//! A network namespace belongs to a thread and goes with it, so nothing is left to clean up.

use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, bail, ensure};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Pid, gettid};

/// Moves the calling thread into a new network namespace with nothing but loopback in it.
///
/// # Errors
/// Without the right to do so; the message says how to get it.
pub fn private_network() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)
        .context("this test needs a network of its own; run with: unshare -rn cargo test ...")?;
    ip("link set lo up")
}

/// Runs `ip` with these arguments, in the network of the calling thread.
///
/// # Errors
/// When `ip` is not installed or fails.
pub fn ip(arguments: &str) -> Result<()> {
    run("ip", arguments).map(drop)
}

/// Runs `nft` with these arguments, in the network of the calling thread, and returns what it printed.
///
/// # Errors
/// When `nft` is not installed or fails.
pub fn nft(arguments: &str) -> Result<String> {
    run("nft", arguments)
}

fn run(program: &str, arguments: &str) -> Result<String> {
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .output()
        .with_context(|| format!("running {program}, which this test needs in PATH"))?;
    if !output.status.success() {
        bail!("{program} {arguments}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

type Job = Box<dyn FnOnce() + Send>;

/// A host of its own: a thread in a private network, which does what it is told.
pub struct Host {
    thread: Pid,
    jobs: Option<Sender<Job>>,
    worker: Option<JoinHandle<()>>,
}

impl Host {
    /// A new host, without any link but loopback.
    ///
    /// # Errors
    /// As [`private_network`].
    pub fn new() -> Result<Self> {
        let (jobs, inbox) = channel::<Job>();
        let (ready, entered) = channel();
        let worker = thread::spawn(move || {
            let outcome = private_network();
            let failed = outcome.is_err();
            if ready.send(outcome.map(|()| gettid())).is_err() || failed {
                return;
            }
            inbox.into_iter().for_each(|job| job());
        });
        let thread = entered.recv().context("the host's thread ended")??;
        Ok(Self { thread, jobs: Some(jobs), worker: Some(worker) })
    }

    /// Does `job` at this host and returns its result.
    ///
    /// # Errors
    /// When the job panicked, now or an earlier one.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (result, answer) = channel();
        let job: Job = Box::new(move || drop(result.send(job())));
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        ensure!(sent, "the host's thread ended");
        answer.recv().context("the job at the host panicked")
    }

    /// Runs `ip` at this host.
    ///
    /// # Errors
    /// As [`ip`].
    pub fn ip(&self, arguments: &str) -> Result<()> {
        let arguments = arguments.to_owned();
        self.run(move || ip(&arguments))?
    }

    /// Lays a cable to `other` and gives both ends their addresses, each with its prefix length.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn connect(&self, other: &Self, here: &[&str], there: &[&str]) -> Result<()> {
        let ends = [format!("to{}", other.thread), format!("to{}", self.thread)];
        let [near, far] = &ends;
        self.ip(&format!("link add {near} type veth peer name {far} netns {}", other.thread))?;
        for (host, link, addresses) in [(self, near, here), (other, far, there)] {
            for address in addresses {
                let nodad = if address.contains(':') { " nodad" } else { "" };
                host.ip(&format!("address add {address} dev {link}{nodad}"))?;
            }
            host.ip(&format!("link set {link} up"))?;
        }
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Without its sender the worker's inbox ends, and with the worker the network.
        drop(self.jobs.take());
        if let Some(worker) = self.worker.take() {
            let _panicked = worker.join();
        }
    }
}
