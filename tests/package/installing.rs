//! The package comes, is replaced, and goes.

use std::path::Path;

use anyhow::{Context, ensure};
use sentinel_tests::lab::{SSH_PORT, firewall};

use crate::{
    DROPIN, deb,
    router::{RESTART, Router, UNIT},
    watch::Watch,
};

pub(crate) async fn installed_it_waits_for_the_operator(router: &Router, deb: &Path) -> anyhow::Result<()> {
    router.install(deb).await?;
    ensure!(router.service("ActiveState").await? == "inactive", "nobody started it");
    ensure!(router.service("UnitFileState").await? == "disabled", "nobody enabled it");
    for page in ["man5/sentinel.toml.5", "man8/sentinel-agent.8", "man8/sentinel-agent-blocks.8"] {
        router.machine.run(&format!("test -s /usr/share/man/{page}.gz")).await?;
    }
    router.machine.run("bash -n /usr/share/bash-completion/completions/sentinel-agent").await?;
    let modes =
        router.machine.run("stat --format='%a %U:%G' /etc/sentinel-agent /etc/sentinel-agent/conf.d").await?;
    ensure!(modes == "750 root:sentinel-agent\n750 root:sentinel-agent\n", "{modes}");
    Ok(())
}

pub(crate) async fn upgraded_it_asks_nothing_and_keeps_everything(
    router: &Router,
    newer: &Path,
) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    let before = router.service("MainPID").await?;
    router.install(newer).await?;
    router.restarts(&before, RESTART).await?;
    watch.never_missed_it().await?;
    let version = router.machine.run("dpkg-query --show --showformat='${Version}' sentinel-agent").await?;
    ensure!(version == deb::NEW_VERSION, "{version}");
    let config = router.machine.run("cat /etc/sentinel-agent/sentinel.toml").await?;
    ensure!(config.contains(deb::NEW_COMMENT), "the new configuration is there");
    router
        .machine
        .run(&format!("grep --quiet 203.0.113.9 {DROPIN}"))
        .await
        .context("the operator's own is kept")?;
    router.lists_the_attacker().await
}

pub(crate) async fn removed_it_drops_nobody_and_keeps_what_it_knew(router: &Router) -> anyhow::Result<()> {
    router.machine.run("apt-get remove --yes --quiet sentinel-agent </dev/null").await?;
    let tables = firewall::tables(&router.host).await?;
    ensure!(!tables.contains("sentinel"), "the table is gone: {tables}");
    ensure!(router.lets_in(SSH_PORT).await?, "nobody is shut out by an agent that is not there");
    router.machine.run(&format!("test -s {DROPIN}")).await.context("the configuration is kept")?;
    router.machine.run("test -s /var/lib/sentinel-agent/state.db").await.context("the state is kept")?;
    Ok(())
}

pub(crate) async fn installed_again_it_goes_on(router: &Router, deb: &Path) -> anyhow::Result<()> {
    router.install(deb).await?;
    ensure!(router.service("UnitFileState").await? == "enabled", "it was enabled before");
    ensure!(router.service("ActiveState").await? == "active", "so it runs again");
    ensure!(router.drops_the_attacker().await?, "and goes on with the block");
    router.lists_the_attacker().await
}

pub(crate) async fn purged_it_leaves_nothing(router: &Router) -> anyhow::Result<()> {
    router.machine.write("/etc/default/sentinel-agent", "RUST_LOG=info\n")?;
    router.machine.run("apt-get purge --yes --quiet sentinel-agent </dev/null").await?;
    ensure!(!firewall::tables(&router.host).await?.contains("sentinel"), "no table");
    let left = "find / -xdev -iname '*sentinel*' -not -path '/proc/*' -not -path '/sys/*' -not -path '/tmp/*' \
                -not -path '/root/sentinel-agent.deb'; find /run /sys/fs/cgroup -iname '*sentinel-agent*'";
    let left = router.machine.run(left).await?;
    ensure!(left.is_empty(), "left behind:\n{left}");
    let unknown = router.machine.refuses(&format!("systemctl cat {UNIT}")).await?;
    ensure!(unknown.contains("No files found"), "{unknown}");
    ensure!(router.machine.run("systemctl --failed --no-legend").await?.is_empty(), "systemd is content");
    Ok(())
}
