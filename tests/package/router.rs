//! A router with a Debian that boots, and somebody out there who attacks it.

use std::{fs, net::IpAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use sentinel_tests::lab::{Attempt, BruteForce, Host, Lab, Site, firewall};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{debian, machine::Machine};

/// How long the service may take to be there again.
pub(crate) const RESTART: Duration = Duration::from_secs(15);
/// The service.
pub(crate) const UNIT: &str = "sentinel-agent.service";

/// Brings the network up at boot, as any program that does so: after network-pre.target. What the kernel dropped by then is
/// written down.
const NETWORK: &str = "[Unit]
DefaultDependencies=no
After=local-fs.target network-pre.target
Before=network.target
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=sh -c 'nft list ruleset >/root/before-network; ip link set eth0 up; ip route replace default via 198.51.100.1'

[Install]
WantedBy=multi-user.target
";

/// Who guesses is told at once: the pauses of PAM would only make the test last.
const SSHD: &str = "UsePAM no\nLoginGraceTime 10\n";

/// Router, attacker, and what lies between.
pub(crate) struct Router {
    pub(crate) machine: Machine,
    pub(crate) host: Arc<Host>,
    attacker: Arc<Host>,
    folder: TempDir,
    _lab: Lab,
}

impl Router {
    /// Installs the Debian and boots it for the first time.
    ///
    /// # Errors
    /// When it cannot be installed or does not boot.
    pub(crate) async fn boot() -> anyhow::Result<Self> {
        let lab = Lab::build()?;
        let (host, attacker) = (lab.connect(&Site::A)?, lab.connect(&Site::ATTACKER)?);
        let folder = tempfile::tempdir().context("making a folder for the test")?;
        let root = folder.path().join("debian");
        debian::install(&root).await?;
        let mut machine = Machine::new(Arc::clone(&host), &root)?;
        machine.write("/etc/systemd/system/lab-network.service", NETWORK)?;
        machine.write("/etc/ssh/sshd_config.d/lab.conf", SSHD)?;
        machine.boot().await?;
        machine.run("systemctl enable --quiet lab-network nftables").await?;
        Ok(Self { machine, host, attacker, folder, _lab: lab })
    }

    /// Who attacks.
    pub(crate) fn attacker(&self) -> IpAddr {
        self.attacker.site.v4.into()
    }

    /// A folder outside of the machine.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Installs a package, and answers no question.
    ///
    /// # Errors
    /// When apt fails, as it does when a question is asked.
    pub(crate) async fn install(&self, deb: &Path) -> anyhow::Result<String> {
        fs::copy(deb, self.machine.path("/root/sentinel-agent.deb")).context("handing the package over")?;
        self.machine
            .run("apt-get install --yes --quiet --reinstall /root/sentinel-agent.deb </dev/null 2>&1")
            .await
    }

    /// Guesses passwords until the attacker is shut out.
    ///
    /// # Errors
    /// When it never is.
    pub(crate) async fn is_attacked(&self) -> anyhow::Result<()> {
        let attempts = BruteForce::against(self.host.site.v4).run(&self.attacker).await?;
        ensure!(
            attempts.first() == Some(&Attempt::Denied),
            "the server is there before the attack: {attempts:?}"
        );
        ensure!(attempts.last() == Some(&Attempt::ShutOut), "nobody stops the attack: {attempts:?}");
        Ok(())
    }

    /// Whether the attacker can open a connection to a port.
    ///
    /// # Errors
    /// When that cannot be tried.
    pub(crate) async fn lets_in(&self, port: u16) -> anyhow::Result<bool> {
        self.attacker.can_connect(self.host.site.v4, port).await
    }

    /// Whether the kernel drops the attacker.
    ///
    /// # Errors
    /// When the kernel cannot be asked.
    pub(crate) async fn drops_the_attacker(&self) -> anyhow::Result<bool> {
        firewall::has(&self.host, self.attacker()).await
    }

    /// A property of the service; see systemctl(1).
    ///
    /// # Errors
    /// When systemd cannot be asked.
    pub(crate) async fn service(&self, property: &str) -> anyhow::Result<String> {
        Ok(self
            .machine
            .run(&format!("systemctl show --value --property={property} {UNIT}"))
            .await?
            .trim()
            .to_owned())
    }

    /// Waits until another process than `before` is ready.
    ///
    /// # Errors
    /// When there is none after `limit`.
    pub(crate) async fn restarts(&self, before: &str, limit: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            let now = self.service("MainPID").await?;
            if now != before && now != "0" && self.service("ActiveState").await? == "active" {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        let log = self.machine.run(&format!("journalctl --no-pager --lines=20 --unit={UNIT}")).await?;
        anyhow::bail!("the service was not restarted within {} s:\n{log}", limit.as_secs())
    }

    /// Switches the machine off and on: the kernel forgets its rules, and the cable carries nothing until somebody brings
    /// the link up.
    ///
    /// # Errors
    /// When it does not boot.
    pub(crate) async fn reboot(&mut self) -> anyhow::Result<()> {
        self.machine.power_off().await?;
        firewall::interfere(&self.host, "flush ruleset").await?;
        self.host.namespace.ip("link set eth0 down")?;
        self.machine.boot().await
    }

    /// Finds the attacker in `blocks list`.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) async fn lists_the_attacker(&self) -> anyhow::Result<()> {
        let listed = self.machine.run("sentinel-agent blocks list").await?;
        ensure!(listed.contains(&self.attacker().to_string()), "the attacker is not listed: {listed}");
        Ok(())
    }

    /// Since when and until when the attacker is blocked.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) async fn explains_the_block(&self) -> anyhow::Result<String> {
        let explain = format!("sentinel-agent blocks explain {}", self.attacker());
        let explained = self.machine.run(&explain).await?;
        let line =
            explained.lines().find(|line| line.contains("until")).context("no line says until when")?;
        Ok(line.to_owned())
    }
}
