//! A network stack of its own, and the way to do something in it.

use std::{
    fs::{self, File},
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::PathBuf,
    process::{self, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use nix::{
    sched::{CloneFlags, setns},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    runtime::{Builder, Runtime},
};

use super::network::{ip, printed, private_network};

const OWN_NAMESPACE: &str = "/proc/thread-self/ns/net";

/// A network namespace without a name: it exists for as long as this value, whatever happens to the process.
///
/// Its threads live inside it, so whatever they [run](Self::run) or [do](Self::call) connects, listens and starts
/// programs there.
pub struct Namespace {
    handle: File,
    /// Taken only when dropped.
    runtime: Option<Runtime>,
}

impl Namespace {
    /// Makes a namespace with nothing but loopback in it.
    ///
    /// # Errors
    /// As [`private_network`].
    pub fn new() -> anyhow::Result<Self> {
        let handle = thread::spawn(|| {
            private_network()?;
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
        namespace.assert_inside()?;
        // Addresses are unique here: without the wait of duplicate detection they serve at once.
        namespace.set("ipv6/conf/default/accept_dad", "0")?;
        Ok(namespace)
    }

    fn assert_inside(&self) -> anyhow::Result<()> {
        let inside = self.call(|| fs::metadata(OWN_NAMESPACE))??.ino();
        if inside != self.id()? {
            bail!("a thread did not enter its network namespace");
        }
        Ok(())
    }

    /// Runs `future` on a thread inside. It must not block: what programs inside print is read there too.
    ///
    /// # Errors
    /// When it panics.
    pub async fn run<F>(&self, future: F) -> anyhow::Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime()?.spawn(future).await.context("running something in a network namespace")
    }

    /// Does `job`, which may block, on a thread inside.
    ///
    /// # Errors
    /// When it panics.
    pub async fn run_blocking<T>(&self, job: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T>
    where
        T: Send + 'static,
    {
        self.runtime()?.spawn_blocking(job).await.context("doing something in a network namespace")
    }

    /// Does `job` on a thread inside, while the calling one waits.
    ///
    /// # Errors
    /// When it panics.
    pub fn call<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let (result, answer) = mpsc::channel();
        self.runtime()?.spawn_blocking(move || drop(result.send(job())));
        answer.recv().context("what was to be done in a network namespace panicked")
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
        printed(&asked, &output)
    }

    /// Runs lines of `ip` commands inside.
    ///
    /// # Errors
    /// As [`ip`].
    pub fn ip(&self, commands: &str) -> anyhow::Result<()> {
        let commands = commands.to_owned();
        self.call(move || ip(&commands))?
    }

    /// Lays a cable to `other` and gives both ends their addresses, each with its prefix length. The link is
    /// called `eth0` there unless that is taken, and by a number here.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn connect(&self, other: &Self, here: &[&str], there: &[&str]) -> anyhow::Result<()> {
        let near = format!("to{}", other.handle.as_raw_fd());
        let taken = other.call(|| fs::exists("/proc/sys/net/ipv4/conf/eth0"))??;
        let far = if taken { format!("to{}", self.handle.as_raw_fd()) } else { "eth0".to_owned() };
        self.ip(&format!("link add {near} type veth peer name {far} netns {}", other.path()))?;
        for (namespace, link, addresses) in [(self, near, here), (other, far, there)] {
            for address in addresses {
                // Without `nodad` nobody can listen there until the other end is up too.
                let nodad = if address.contains(':') { "nodad" } else { "" };
                namespace.ip(&format!("address add {address} dev {link} {nodad}"))?;
            }
            namespace.ip(&format!("link set {link} up"))?;
        }
        Ok(())
    }

    /// Sets a switch of the network stack, named as below `/proc/sys/net`.
    ///
    /// # Errors
    /// When the kernel does not have it.
    pub fn set(&self, switch: &str, value: &'static str) -> anyhow::Result<()> {
        let path = format!("/proc/sys/net/{switch}");
        let context = format!("writing {value} to {path}");
        self.call(move || fs::write(path, value))?.context(context)
    }

    /// A path by which other programs find this namespace.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/proc/{}/fd/{}", process::id(), self.handle.as_raw_fd())
    }

    fn runtime(&self) -> anyhow::Result<&Runtime> {
        self.runtime.as_ref().context("the namespace is being dropped")
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
