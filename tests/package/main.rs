//! The whole life of the Debian package, on a Debian that really boots: `make test-package`.

mod deb;
mod debian;
mod machine;
mod router;
mod watch;

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use sentinel_tests::lab::{LOG_PORT, SSH_PORT, firewall, unless_interrupted};
use tokio::time::{Instant, sleep};

use router::{Router, UNIT};
use watch::Watch;

/// How long a service may hang before the watchdog ends it, and then the restart.
const HANG: Duration = Duration::from_secs(60);
const RESTART: Duration = Duration::from_secs(15);
/// The highest exposure that systemd may find, in tenths.
const EXPOSURE: u32 = 16;
/// What an operator configures, where it belongs.
const DROPIN: &str = "/etc/sentinel-agent/conf.d/50-operator.toml";
const LEDGER: &str = "/etc/sentinel-agent/conf.d/20-ledger.toml";

#[tokio::test]
#[ignore = "it needs the package: make test-package"]
async fn the_package_lives_from_its_installation_to_its_purge() -> anyhow::Result<()> {
    unless_interrupted(async {
        let deb = deb::built()?;
        let mut router = Router::boot().await?;
        let lived = life(&mut router, &deb).await;
        if lived.is_err() {
            let log = router.machine.run("journalctl --no-pager --lines=60").await;
            eprintln!("{}", log.unwrap_or_else(|error| error.to_string()));
        }
        lived
    })
    .await
}

async fn life(router: &mut Router, deb: &Path) -> anyhow::Result<()> {
    let newer = deb::newer(deb, router.folder())?;
    let begun = Instant::now();
    let told = |what: &str| eprintln!("{:6.1} s  {what}", begun.elapsed().as_secs_f64());
    installed_it_waits_for_the_operator(router, deb).await?;
    told("installed, and off");
    enabled_it_is_ready_when_systemd_says_so(router).await?;
    told("enabled, and ready");
    systemd_finds_it_hardly_exposed(router).await?;
    told("hardly exposed");
    an_attacker_is_blocked(router).await?;
    told("attacked, and blocked");
    killed_it_is_back_and_the_block_was_never_gone(router).await?;
    told("killed, and back");
    hung_it_is_ended_by_the_watchdog(router).await?;
    told("hung, and back");
    a_ruleset_that_is_loaded_anew_costs_no_block(router).await?;
    told("nftables.service restarted, and blocked");
    a_bad_config_is_refused_and_changes_nothing(router).await?;
    told("bad config refused");
    a_good_config_is_taken(router).await?;
    told("good config taken");
    a_secret_that_only_the_service_has_is_enough_for_everything(router).await?;
    told("secret by credential taken");
    a_mistake_at_the_start_is_told_once_and_costs_no_block(router).await?;
    told("mistake told, and corrected");
    upgraded_it_asks_nothing_and_keeps_everything(router, &newer).await?;
    told("upgraded");
    rebooted_it_blocks_before_there_is_a_network(router).await?;
    told("rebooted");
    stopped_it_leaves_the_kernel_dropping(router).await?;
    told("stopped, and started");
    removed_it_drops_nobody_and_keeps_what_it_knew(router).await?;
    told("removed");
    installed_again_it_goes_on(router, &newer).await?;
    told("installed again");
    purged_it_leaves_nothing(router).await?;
    told("purged");
    Ok(())
}

async fn installed_it_waits_for_the_operator(router: &Router, deb: &Path) -> anyhow::Result<()> {
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

async fn enabled_it_is_ready_when_systemd_says_so(router: &Router) -> anyhow::Result<()> {
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

async fn systemd_finds_it_hardly_exposed(router: &Router) -> anyhow::Result<()> {
    for unit in [UNIT, "sentinel-agent-restore.service"] {
        let analysis = format!("systemd-analyze security --no-pager --threshold={EXPOSURE} {unit}");
        let analysis = router.machine.run(&analysis).await?;
        eprintln!("          {}", analysis.lines().last().unwrap_or_default().trim());
    }
    Ok(())
}

async fn an_attacker_is_blocked(router: &Router) -> anyhow::Result<()> {
    ensure!(router.lets_in(SSH_PORT).await?, "sshd can be reached");
    router.is_attacked().await?;
    ensure!(router.drops_the_attacker().await?, "the kernel drops it");
    it_is_listed(router).await?;
    let explained =
        router.machine.run(&format!("sentinel-agent blocks explain {}", router.attacker())).await?;
    ensure!(explained.contains("sshd"), "and it is told why: {explained}");
    Ok(())
}

async fn killed_it_is_back_and_the_block_was_never_gone(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    for _ in 0..3 {
        let before = router.service("MainPID").await?;
        router.machine.run(&format!("kill -9 {before}")).await?;
        router.restarts(&before, RESTART).await?;
    }
    watch.never_missed_it().await?;
    it_is_listed(router).await
}

async fn hung_it_is_ended_by_the_watchdog(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    let before = router.service("MainPID").await?;
    router.machine.run(&format!("kill -STOP {before}")).await?;
    router.restarts(&before, HANG).await?;
    let log = router.machine.run(&format!("journalctl --no-pager --unit={UNIT}")).await?;
    ensure!(log.contains("Watchdog timeout"), "it was the watchdog: {log}");
    watch.never_missed_it().await?;
    it_is_listed(router).await
}

/// `/etc/nftables.conf` begins with `flush ruleset`.
async fn a_ruleset_that_is_loaded_anew_costs_no_block(router: &Router) -> anyhow::Result<()> {
    router.machine.run("systemctl restart nftables.service").await?;
    for _ in 0..30 {
        if router.drops_the_attacker().await? {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the block does not come back")
}

async fn a_bad_config_is_refused_and_changes_nothing(router: &Router) -> anyhow::Result<()> {
    let before = router.service("MainPID").await?;
    router.machine.write(DROPIN, "[guard]\nalow = [\"203.0.113.9\"]\n")?;
    router.machine.refuses(&format!("systemctl reload {UNIT}")).await?;
    let log = router.machine.run(&format!("journalctl --no-pager --lines=20 --unit={UNIT}")).await?;
    ensure!(log.contains("50-operator.toml") && log.contains("alow"), "it is told where and what: {log}");
    ensure!(router.service("MainPID").await? == before, "the agent goes on");
    ensure!(router.drops_the_attacker().await?, "and so does the kernel");
    Ok(())
}

async fn a_good_config_is_taken(router: &Router) -> anyhow::Result<()> {
    let before = router.service("MainPID").await?;
    router.machine.write(DROPIN, "[guard]\nallow = [\"203.0.113.9\"]\n")?;
    router.machine.run(&format!("systemctl reload {UNIT}")).await?;
    ensure!(router.service("MainPID").await? == before, "it is the same process");
    // At once: `systemctl` came back because the new settings are in force.
    let allowed = router.machine.run("sentinel-agent allow list").await?;
    ensure!(allowed.contains("203.0.113.9"), "what the operator allows is allowed: {allowed}");
    it_is_listed(router).await
}

/// An endpoint with a key in it, as systemd hands it to the service alone: it has to do for reloads and for the next boot.
async fn a_secret_that_only_the_service_has_is_enough_for_everything(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    router.machine.write(LEDGER, "[ledger]\nprogram = \"SysvarC1ock11111111111111111111111111111111\"\n")?;
    router.machine.write("/etc/endpoint", "http://127.0.0.1:9/v2/very-secret\n")?;
    router.machine.run("chmod 600 /etc/endpoint").await?;
    let credential = "[Service]\nLoadCredential=SENTINEL_LEDGER_RPC:/etc/endpoint\n";
    router.machine.write(&format!("/etc/systemd/system/{UNIT}.d/secret.conf"), credential)?;
    router.machine.run(&format!("systemctl daemon-reload && systemctl restart {UNIT}")).await?;
    let status = router.machine.run("sentinel-agent status").await?;
    ensure!(status.contains("http://127.0.0.1:9") && !status.contains("very-secret"), "{status}");
    router.machine.run(&format!("systemctl reload {UNIT}")).await?;
    watch.never_missed_it().await?;
    it_is_listed(router).await
}

async fn a_mistake_at_the_start_is_told_once_and_costs_no_block(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    let good = router.machine.run(&format!("cat {DROPIN}")).await?;
    router.machine.write(DROPIN, "[guard]\nalow = []\n")?;
    router.machine.refuses(&format!("systemctl restart {UNIT}")).await?;
    ensure!(router.service("ActiveState").await? == "failed", "who looks for failed services finds it");
    router.machine.run("sentinel-agent blocks restore").await.context("whatever else is wrong")?;
    router.machine.write(DROPIN, &good)?;
    router.machine.run(&format!("systemctl restart {UNIT}")).await?;
    watch.never_missed_it().await?;
    it_is_listed(router).await
}

async fn upgraded_it_asks_nothing_and_keeps_everything(router: &Router, newer: &Path) -> anyhow::Result<()> {
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
    it_is_listed(router).await
}

async fn rebooted_it_blocks_before_there_is_a_network(router: &mut Router) -> anyhow::Result<()> {
    let before = explained(router).await?;
    router.reboot().await?;
    let recorded = router.machine.run("cat /root/before-network").await?;
    ensure!(
        recorded.contains(&router.attacker().to_string()),
        "no block when the network came up: {recorded}"
    );
    ensure!(router.service("ActiveState").await? == "active", "it was enabled");
    ensure!(router.drops_the_attacker().await? && !router.lets_in(SSH_PORT).await?, "nobody is let in");
    ensure!(explained(router).await? == before, "the block is the same");
    Ok(())
}

async fn stopped_it_leaves_the_kernel_dropping(router: &Router) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    router.machine.run(&format!("systemctl stop {UNIT}")).await?;
    ensure!(!router.lets_in(SSH_PORT).await?, "the kernel goes on");
    router.machine.run(&format!("systemctl start {UNIT}")).await?;
    watch.never_missed_it().await
}

async fn removed_it_drops_nobody_and_keeps_what_it_knew(router: &Router) -> anyhow::Result<()> {
    router.machine.run("apt-get remove --yes --quiet sentinel-agent </dev/null").await?;
    let tables = firewall::tables(&router.host).await?;
    ensure!(!tables.contains("sentinel"), "the table is gone: {tables}");
    ensure!(router.lets_in(SSH_PORT).await?, "nobody is shut out by an agent that is not there");
    router.machine.run(&format!("test -s {DROPIN}")).await.context("the configuration is kept")?;
    router.machine.run("test -s /var/lib/sentinel-agent/state.db").await.context("the state is kept")?;
    Ok(())
}

async fn installed_again_it_goes_on(router: &Router, deb: &Path) -> anyhow::Result<()> {
    router.install(deb).await?;
    ensure!(router.service("UnitFileState").await? == "enabled", "it was enabled before");
    ensure!(router.service("ActiveState").await? == "active", "so it runs again");
    ensure!(router.drops_the_attacker().await?, "and goes on with the block");
    it_is_listed(router).await
}

async fn purged_it_leaves_nothing(router: &Router) -> anyhow::Result<()> {
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

async fn it_is_listed(router: &Router) -> anyhow::Result<()> {
    let listed = router.machine.run("sentinel-agent blocks list").await?;
    ensure!(listed.contains(&router.attacker().to_string()), "the attacker is not listed: {listed}");
    Ok(())
}

/// Since when and until when the attacker is blocked.
async fn explained(router: &Router) -> anyhow::Result<String> {
    let explained =
        router.machine.run(&format!("sentinel-agent blocks explain {}", router.attacker())).await?;
    let line = explained.lines().find(|line| line.contains("until")).context("no line says until when")?;
    Ok(line.to_owned())
}
