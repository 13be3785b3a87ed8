//! A network stack of its own, and the way to run something in it.

use std::{
    fs::{self, File},
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::PathBuf,
    process::{self, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use nix::{
    sched::{CloneFlags, setns, unshare},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    runtime::{Builder, Runtime},
};

const OWN_NAMESPACE: &str = "/proc/thread-self/ns/net";

/// A network namespace without a name: it exists for as long as this value, whatever happens to the process.
///
/// Its threads live inside it, so whatever is [run](Self::run) on them connects, listens and starts programs there.
pub struct Namespace {
    handle: File,
    /// Taken only when dropped.
    runtime: Option<Runtime>,
}

impl Namespace {
    /// Makes a namespace in which everything is still to be configured.
    ///
    /// # Errors
    /// When this process may not (it has to be root).
    pub async fn create() -> anyhow::Result<Self> {
        let handle = thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET).context("making a network namespace, which only root may")?;
            File::open(OWN_NAMESPACE).with_context(|| format!("opening {OWN_NAMESPACE}"))
        })
        .join()
        .map_err(|_| anyhow!("the thread that makes a network namespace panicked"))??;
        let inside = handle.try_clone().context("duplicating the namespace's handle")?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .on_thread_start(move || {
                // There is no way to report from here; `assert_inside` asks for the outcome.
                let _ = setns(&inside, CloneFlags::CLONE_NEWNET);
            })
            .build()
            .context("starting a namespace's threads")?;
        let namespace = Self { handle, runtime: Some(runtime) };
        namespace.assert_inside().await?;
        // Addresses are unique here: without the wait of duplicate detection they serve at once.
        namespace.set("ipv6/conf/default/accept_dad", "0").await?;
        Ok(namespace)
    }

    async fn assert_inside(&self) -> anyhow::Result<()> {
        let inside = self.run(async { fs::metadata(OWN_NAMESPACE) }).await??.ino();
        if inside != self.id()? {
            bail!("a thread did not enter its network namespace");
        }
        Ok(())
    }

    /// Runs `future` on a thread inside.
    ///
    /// # Errors
    /// When it panics.
    pub async fn run<F>(&self, future: F) -> anyhow::Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().context("the namespace is being dropped")?;
        runtime.spawn(future).await.context("running something in a network namespace")
    }

    /// Starts a program inside, which is killed when the returned handle is dropped.
    ///
    /// # Errors
    /// When it cannot be started, as when it is not installed.
    pub async fn spawn(&self, mut command: Command) -> anyhow::Result<Child> {
        let program = command.as_std().get_program().display().to_string();
        command.kill_on_drop(true);
        self.run(async move { command.spawn() }).await?.with_context(|| format!("starting {program}"))
    }

    /// Runs a program inside to its end and gives what it printed, its errors included when it failed.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub async fn output(&self, mut command: Command) -> anyhow::Result<String> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let asked = format!("{:?}", command.as_std());
        let output = self.spawn(command).await?.wait_with_output().await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{asked} failed ({}): {}", output.status, said.trim());
        }
        String::from_utf8(output.stdout).with_context(|| format!("reading what {asked} printed"))
    }

    /// Runs lines of `ip` commands inside.
    ///
    /// # Errors
    /// When one of them fails.
    pub async fn configure_network(&self, commands: &str) -> anyhow::Result<()> {
        let mut command = Command::new("ip");
        command.args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = self.spawn(command).await?;
        let mut input = child.stdin.take().context("ip has no standard input")?;
        input.write_all(commands.as_bytes()).await.context("writing to ip")?;
        drop(input);
        let output = child.wait_with_output().await.context("waiting for ip")?;
        if !output.status.success() {
            bail!("ip -batch failed: {}\n{commands}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Sets a switch of the network stack, named as below `/proc/sys/net`.
    ///
    /// # Errors
    /// When the kernel does not have it.
    pub async fn set(&self, switch: &str, value: &'static str) -> anyhow::Result<()> {
        let path = format!("/proc/sys/net/{switch}");
        let written = self.run({
            let path = path.clone();
            async move { fs::write(path, value) }
        });
        written.await?.with_context(|| format!("writing {value} to {path}"))
    }

    /// A path by which other programs find this namespace.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/proc/{}/fd/{}", process::id(), self.handle.as_raw_fd())
    }

    fn id(&self) -> anyhow::Result<u64> {
        Ok(self.handle.metadata().context("asking for a namespace's number")?.ino())
    }

    /// Every process inside, except for this one.
    fn processes(&self) -> anyhow::Result<Vec<Pid>> {
        let id = self.id()?;
        let pids = fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| u32::try_from(*pid) != Ok(process::id()))
            .filter(|pid| {
                let namespace = PathBuf::from(format!("/proc/{pid}/ns/net"));
                fs::metadata(namespace).is_ok_and(|found| found.ino() == id)
            });
        Ok(pids.map(Pid::from_raw).collect())
    }
}

impl Drop for Namespace {
    /// Ends what still runs inside: a server's children are nobody else's to end.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        for _ in 0..200 {
            match self.processes() {
                Ok(processes) if !processes.is_empty() => {
                    for pid in processes {
                        // Whoever ended meanwhile need not be ended.
                        let _ = kill(pid, Signal::SIGKILL);
                    }
                    thread::sleep(Duration::from_millis(5));
                }
                _ => return,
            }
        }
    }
}
