//! One attack is blocked at two peers: at the one that saw it and at the one that did not.

use anyhow::ensure;
use sentinel_tests::lab::{
    Agent, Attempt, BruteForce, LOG_PORT, Lab, LedgerKind, SSH_PORT, Settings, Site, Sshd, firewall,
    unless_interrupted,
};

#[tokio::test]
async fn one_attack_is_blocked_at_two_peers() -> anyhow::Result<()> {
    unless_interrupted(one_attack(&LedgerKind::Dev)).await
}

#[tokio::test]
#[ignore = "needs a solana-test-validator: make test-validator"]
async fn one_attack_is_blocked_at_two_peers_that_share_a_real_validator() -> anyhow::Result<()> {
    unless_interrupted(async { one_attack(&LedgerKind::installed_validator()?).await }).await
}

async fn one_attack(kind: &LedgerKind) -> anyhow::Result<()> {
    let lab = Lab::build().await?;
    let (a, b) = (lab.connect(&Site::A).await?, lab.connect(&Site::B).await?);
    let attacker = lab.connect(&Site::ATTACKER).await?;
    let ledger = lab.ledger(kind).await?;
    let sshd = Sshd::start(&a).await?;
    let shared = Settings { ledger: Some(&ledger), ..Settings::default() };
    let agent_a = Agent::launch(&a, Settings { log_file: Some(sshd.log_file()), ..shared }).await?;
    let agent_b = Agent::launch(&b, shared).await?;
    let karma = ledger.karma(agent_a.peer()).await?;
    ensure!(attacker.can_connect(a.site.v4, SSH_PORT).await?, "the attacker reaches A before");
    ensure!(attacker.can_connect(b.site.v4, LOG_PORT).await?, "the attacker reaches B before");

    let attempts = BruteForce::against(a.site.v4).run(&attacker).await?;

    ensure!(attempts.ends_with(&[Attempt::ShutOut]), "the attack was stopped: {attempts:?}");
    for step in ["detected", "blocked", "stored", "posted"] {
        agent_a.did(step, "203.0.113.7").await?;
    }
    for step in ["seen", "verified", "blocked", "liked"] {
        agent_b.did(step, "203.0.113.7").await?;
    }
    let ip = attacker.site.v4.into();
    ensure!(firewall::holds(&a, "blocked4", ip).await? && firewall::holds(&b, "peers4", ip).await?);
    for (host, port) in [(&a, SSH_PORT), (&a, LOG_PORT), (&b, LOG_PORT)] {
        ensure!(!attacker.can_connect(host.site.v4, port).await?, "the attacker reaches {}", host.site.name);
    }
    ensure!(a.can_connect(b.site.v4, LOG_PORT).await? && b.can_connect(a.site.v4, SSH_PORT).await?);
    for (agent, source) in [(&agent_a, "local"), (&agent_b, "peer")] {
        let blocks = agent.blocks().await?;
        let [block] = blocks.as_slice() else { anyhow::bail!("one block: {blocks:?}") };
        ensure!((block.network.as_str(), block.source.as_str()) == ("203.0.113.7/32", source), "{block:?}");
    }
    ensure!(ledger.karma(agent_a.peer()).await? > karma, "the like raised A's karma");
    let explained = agent_b.command(&["blocks", "explain", "203.0.113.7"]).await?;
    ensure!(explained.contains("Failed password"), "the proof shows the log lines:\n{explained}");
    ensure!(explained.contains(&agent_a.peer().to_string()), "the proof names the reporter:\n{explained}");
    Ok(())
}
