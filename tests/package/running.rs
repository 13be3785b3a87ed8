//! The service at work, whatever happens to it.

use std::time::Duration;

use anyhow::ensure;
use sentinel_tests::lab::{LOG_PORT, SSH_PORT, firewall};
use tokio::time::sleep;

use crate::{
    router::{RESTART, Router, UNIT},
    watch::Watch,
};

/// How long a service may hang before the watchdog ends it, and then the restart.
const HANG: Duration = Duration::from_secs(60);
/// The highest exposure that systemd may find, in tenths.
const EXPOSURE: u32 = 16;

pub(crate) async fn without_ipv6_and_without_its_port_it_works_all_the_same(
    router: &Router,
) -> anyhow::Result<()> {
    let dropin = format!("/etc/systemd/system/{UNIT}.d/no-ipv6.conf");
    router.machine.write(&dropin, "[Service]\nRestrictAddressFamilies=~AF_INET6\n")?;
    router.machine.run(&format!("systemctl daemon-reload && systemctl start {UNIT}")).await?;
    ensure!(router.lets_in(LOG_PORT).await?, "it listens on every address that there is");
    router.machine.run(&format!("systemctl stop {UNIT} && rm {dropin} && systemctl daemon-reload")).await?;
    let other = "systemd-run --quiet --unit=other systemd-socket-activate --listen=9000 sleep infinity";
    router.machine.run(other).await?;
    router.machine.run(&format!("systemctl start {UNIT} && sentinel-agent status")).await?;
    router.machine.run(&format!("systemctl stop {UNIT} other")).await.map(drop)
}

pub(crate) async fn enabled_it_is_ready_when_systemd_says_so(router: &Router) -> anyhow::Result<()> {
    router.machine.run(&format!("systemctl enable --quiet --now {UNIT}")).await?;
    // At once: `systemctl` came back because the agent said that it is ready.
    let tables = firewall::tables(&router.host).await?;
    ensure!(tables.contains("table inet sentinel"), "the table is in the kernel: {tables}");
    ensure!(router.lets_in(LOG_PORT).await?, "the port is bound");
    let user = router.service("MainPID").await?;
    let user = router.machine.run(&format!("ps -o user:32= {user}")).await?;
    ensure!(user.trim() == "sentinel-agent", "it runs as {user}");
    let restore = router.machine.run("systemctl is-enabled sentinel-agent-restore.service").await?;
    ensure!(restore.trim() == "enabled", "its blocks come back at boot: {restore}");
    Ok(())
}

pub(crate) async fn systemd_finds_it_hardly_exposed(router: &Router) -> anyhow::Result<()> {
    for unit in [UNIT, "sentinel-agent-restore.service"] {
        let analysis = format!("systemd-analyze security --no-pager --threshold={EXPOSURE} {unit}");
        let analysis = router.machine.run(&analysis).await?;
        eprintln!("          {}", analysis.lines().last().unwrap_or_default().trim());
    }
    Ok(())
}

pub(crate) async fn an_attacker_is_blocked(router: &Router) -> anyhow::Result<()> {
    ensure!(router.lets_in(SSH_PORT).await?, "sshd can be reached");
    router.is_attacked().await?;
    ensure!(router.drops_the_attacker().await?, "the kernel drops it");
    router.lists_the_attacker().await?;
    let explained =
        router.machine.run(&format!("sentinel-agent blocks explain {}", router.attacker())).await?;
    ensure!(explained.contains("sshd"), "and it is told why: {explained}");
    Ok(())
}

pub(crate) async fn killed_it_is_back_and_the_block_was_never_gone(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    for _ in 0..3 {
        let before = router.service("MainPID").await?;
        router.machine.run(&format!("kill -9 {before}")).await?;
        router.restarts(&before, RESTART).await?;
    }
    watch.never_missed_it().await?;
    router.lists_the_attacker().await
}

pub(crate) async fn hung_it_is_ended_by_the_watchdog(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    let before = router.service("MainPID").await?;
    router.machine.run(&format!("kill -STOP {before}")).await?;
    router.restarts(&before, HANG).await?;
    let log = router.machine.run(&format!("journalctl --no-pager --unit={UNIT}")).await?;
    ensure!(log.contains("Watchdog timeout"), "it was the watchdog: {log}");
    watch.never_missed_it().await?;
    router.lists_the_attacker().await
}

/// `/etc/nftables.conf` begins with `flush ruleset`.
pub(crate) async fn a_ruleset_that_is_loaded_anew_costs_no_block(router: &Router) -> anyhow::Result<()> {
    router.machine.run("systemctl restart nftables.service").await?;
    for _ in 0..30 {
        if router.drops_the_attacker().await? {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the block does not come back")
}

pub(crate) async fn rebooted_it_blocks_before_there_is_a_network(router: &mut Router) -> anyhow::Result<()> {
    let before = router.explains_the_block().await?;
    router.reboot().await?;
    let recorded = router.machine.run("cat /root/before-network").await?;
    ensure!(
        recorded.contains(&router.attacker().to_string()),
        "no block when the network came up: {recorded}"
    );
    ensure!(router.service("ActiveState").await? == "active", "it was enabled");
    ensure!(router.drops_the_attacker().await? && !router.lets_in(SSH_PORT).await?, "nobody is let in");
    ensure!(router.explains_the_block().await? == before, "the block is the same");
    Ok(())
}

pub(crate) async fn stopped_it_leaves_the_kernel_dropping(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    router.machine.run(&format!("systemctl stop {UNIT}")).await?;
    ensure!(!router.lets_in(SSH_PORT).await?, "the kernel goes on");
    router.machine.run(&format!("systemctl start {UNIT}")).await?;
    watch.never_missed_it().await
}
