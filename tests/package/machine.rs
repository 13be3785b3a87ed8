//! A Debian that boots with a real systemd, in namespaces on a host of the lab.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sentinel_tests::lab::{Host, Process};
use tokio::{process::Command, time::sleep};

/// The only control groups that a systemd of today knows; mounted here whatever this machine has.
const CGROUPS: &str = "/sys/fs/cgroup";
/// What a program inside finds in its environment, as after a log-in.
const ENVIRONMENT: [&str; 3] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"];

/// The machine; when this is dropped, it is switched off and its root unmounted.
pub(crate) struct Machine {
    host: Arc<Host>,
    root: PathBuf,
    cgroup: PathBuf,
    running: Option<Process>,
}

impl Machine {
    /// The Debian in `root`, on this host and switched off.
    ///
    /// # Errors
    /// When there are no control groups of version 2.
    pub(crate) fn new(host: Arc<Host>, root: &Path) -> anyhow::Result<Self> {
        mount(Some("cgroup2"), CGROUPS, Some("cgroup2"), MsFlags::empty(), None::<&str>)
            .context("mounting the control groups")?;
        let cgroup = Path::new(CGROUPS).join(format!("sentinel-package-{}", fastrand::u64(..)));
        fs::create_dir(&cgroup).with_context(|| format!("making {}", cgroup.display()))?;
        Ok(Self { host, root: root.to_owned(), cgroup, running: None })
    }

    /// Where a path of the machine is on this one.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    /// Writes a file, with its folders.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(crate) fn write(&self, inside: &str, content: &str) -> anyhow::Result<()> {
        let path = self.path(inside);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, content).with_context(|| format!("writing {inside} of the machine"))
    }

    /// Switches it on, and waits until it has booted.
    ///
    /// # Errors
    /// When something that belongs to the boot fails, or it takes more than a minute.
    pub(crate) async fn boot(&mut self) -> anyhow::Result<()> {
        let mut nspawn = Command::new("sh");
        nspawn.args(["-c", "echo $$ >\"$0/cgroup.procs\" && exec systemd-nspawn \"$@\""]).arg(&self.cgroup);
        nspawn.args(["--quiet", "--boot", "--machine=router", "--register=no", "--keep-unit"]);
        nspawn.args(["--capability=CAP_NET_ADMIN", "--resolv-conf=off", "--timezone=off"]);
        nspawn.args(["--link-journal=no", "--console=pipe"]);
        nspawn.arg(format!("--network-namespace-path={}", self.host.namespace.path()));
        nspawn.arg("--directory").arg(&self.root);
        self.running = Some(Process::start(&self.host.namespace, nspawn).await?);
        for _ in 0..600 {
            if let Ok(state) = self.run("systemctl is-system-running --wait || true").await
                && ["running", "degraded"].contains(&state.trim())
            {
                let failed = self.run("systemctl --failed --plain --no-legend").await?;
                ensure!(failed.trim().is_empty(), "failed while booting: {failed}");
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("it does not boot; it said:\n{}", self.said());
    }

    /// Switches it off as the operator does, and waits until it is off.
    ///
    /// # Errors
    /// When it is still on after half a minute.
    pub(crate) async fn power_off(&mut self) -> anyhow::Result<()> {
        // The answer may not get through any more.
        let _ = self.run("systemctl poweroff").await;
        let mut running = self.running.take().context("the machine is off")?;
        running.ended(Duration::from_secs(30)).await.context("switching the machine off").map(drop)
    }

    /// Runs a line of shell inside and gives what it printed; what it complained of is the error when it fails.
    ///
    /// # Errors
    /// When it fails, or the machine is off.
    pub(crate) async fn run(&self, line: &str) -> anyhow::Result<String> {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--all", "--wdns=/", "--target", &self.leader()?.to_string()]);
        nsenter.args(["env", "-i"]).args(ENVIRONMENT).args(["sh", "-c", line]);
        self.host.namespace.output(nsenter).await.with_context(|| format!("at the machine: {line}"))
    }

    /// The same for what must not work: gives what it complained of.
    ///
    /// # Errors
    /// When it works.
    pub(crate) async fn refuses(&self, line: &str) -> anyhow::Result<String> {
        match self.run(line).await {
            Ok(printed) => bail!("`{line}` should not work, but it printed: {printed}"),
            Err(error) => Ok(format!("{error:#}")),
        }
    }

    /// The process 1 of the machine, as this one numbers it.
    fn leader(&self) -> anyhow::Result<u32> {
        let nspawn = self.running.as_ref().context("the machine is off")?.pid()?;
        let path = format!("/proc/{nspawn}/task/{nspawn}/children");
        let children = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        let first = children.split_whitespace().next().context("the machine has not begun to boot")?;
        Ok(first.parse()?)
    }

    fn said(&self) -> String {
        self.running.as_ref().map_or_else(String::new, |running| running.transcript().tail(30))
    }
}

impl Drop for Machine {
    /// Ends what still runs, and gives its groups and its memory back.
    fn drop(&mut self) {
        if let Some(leader) = self.leader().ok().and_then(|pid| i32::try_from(pid).ok()) {
            // With the first process go all others inside.
            let _ = kill(Pid::from_raw(leader), Signal::SIGKILL);
        }
        self.running = None;
        for _ in 0..100 {
            remove_groups(&self.cgroup);
            if !self.cgroup.exists() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = umount2(&self.root, MntFlags::MNT_DETACH);
    }
}

fn remove_groups(group: &Path) {
    let below = fs::read_dir(group).into_iter().flatten().flatten().map(|entry| entry.path());
    below.filter(|path| path.is_dir()).for_each(|path| remove_groups(&path));
    let _ = fs::remove_dir(group);
}
