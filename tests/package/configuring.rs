//! What the operator changes, and gets wrong.

use anyhow::{Context, ensure};

use crate::{
    DROPIN,
    router::{Router, UNIT},
    watch::Watch,
};

const LEDGER: &str = "/etc/sentinel-agent/conf.d/20-ledger.toml";

pub(crate) async fn a_bad_config_is_refused_and_changes_nothing(router: &Router) -> anyhow::Result<()> {
    let before = router.service("MainPID").await?;
    router.machine.write(DROPIN, "[guard]\nalow = [\"203.0.113.9\"]\n")?;
    router.machine.refuses(&format!("systemctl reload {UNIT}")).await?;
    let log = router.machine.run(&format!("journalctl --no-pager --lines=20 --unit={UNIT}")).await?;
    ensure!(log.contains("50-operator.toml") && log.contains("alow"), "it is told where and what: {log}");
    ensure!(router.service("MainPID").await? == before, "the agent goes on");
    ensure!(router.drops_the_attacker().await?, "and so does the kernel");
    Ok(())
}

pub(crate) async fn a_good_config_is_taken(router: &Router) -> anyhow::Result<()> {
    let before = router.service("MainPID").await?;
    router.machine.write(DROPIN, "[guard]\nallow = [\"203.0.113.9\"]\n")?;
    router.machine.run(&format!("systemctl reload {UNIT}")).await?;
    ensure!(router.service("MainPID").await? == before, "it is the same process");
    // At once: `systemctl` came back because the new settings are in force.
    let allowed = router.machine.run("sentinel-agent allow list").await?;
    ensure!(allowed.contains("203.0.113.9"), "what the operator allows is allowed: {allowed}");
    router.lists_the_attacker().await
}

/// An endpoint with a key in it, as systemd hands it to the service alone: it has to do for reloads and for the next boot.
pub(crate) async fn a_secret_that_only_the_service_has_is_enough_for_everything(
    router: &Router,
) -> anyhow::Result<()> {
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
    router.lists_the_attacker().await
}

pub(crate) async fn a_mistake_at_the_start_is_told_once_and_costs_no_block(
    router: &Router,
) -> anyhow::Result<()> {
    let watch = Watch::on(&router.host, router.attacker());
    let good = router.machine.run(&format!("cat {DROPIN}")).await?;
    router.machine.write(DROPIN, "[guard]\nalow = []\n")?;
    router.machine.refuses(&format!("systemctl restart {UNIT}")).await?;
    ensure!(router.service("ActiveState").await? == "failed", "who looks for failed services finds it");
    router.machine.run("sentinel-agent blocks restore").await.context("whatever else is wrong")?;
    router.machine.write(DROPIN, &good)?;
    router.machine.run(&format!("systemctl restart {UNIT}")).await?;
    watch.never_missed_it().await?;
    router.lists_the_attacker().await
}
