//! One attack is blocked at two peers: at the one that saw it and at the one that did not.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{Attempt, LOG_PORT, LedgerKind, SSH_PORT, Site, firewall, unless_interrupted};

use crate::scene::Scene;

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
    let scene = Scene::network(kind).await?;
    let a = scene.router(&Site::A).await?;
    let agent_b = scene.onlooker(&Site::B).await?;
    let ledger = scene.ledger()?;
    let karma = ledger.karma(a.agent.peer()).await?;
    ensure!(scene.reaches(Site::A.v4, SSH_PORT).await?, "the attacker reaches A before");
    ensure!(scene.reaches(Site::B.v4, LOG_PORT).await?, "the attacker reaches B before");

    let attempts = scene.attack(&a).await?;

    ensure!(attempts.ends_with(&[Attempt::ShutOut]), "the attack was stopped: {attempts:?}");
    for step in ["detected", "blocked", "stored", "posted"] {
        a.agent.did(step, "203.0.113.7").await?;
    }
    for step in ["seen", "verified", "blocked", "liked"] {
        agent_b.did(step, "203.0.113.7").await?;
    }
    let (b, ip) = (agent_b.host(), Site::ATTACKER.v4.into());
    ensure!(firewall::holds(&a.host, "blocked4", ip).await? && firewall::holds(b, "peers4", ip).await?);
    for (site, port) in [(&Site::A, SSH_PORT), (&Site::A, LOG_PORT), (&Site::B, LOG_PORT)] {
        ensure!(!scene.reaches(site.v4, port).await?, "the attacker reaches {}", site.name);
    }
    ensure!(a.host.can_connect(Site::B.v4, LOG_PORT).await? && b.can_connect(Site::A.v4, SSH_PORT).await?);
    for (agent, source) in [(&a.agent, "local"), (&agent_b, "peer")] {
        let blocks = agent.blocks().await?;
        let [block] = blocks.as_slice() else { anyhow::bail!("one block: {blocks:?}") };
        ensure!((block.network.as_str(), block.source.as_str()) == ("203.0.113.7/32", source), "{block:?}");
    }
    ensure!(ledger.karma(a.agent.peer()).await? > karma, "the like raised A's karma");
    let post = agent_b.posts().await?.pop().context("the post that B applied")?;
    let proof =
        ["id", "file_hash", "log_url"].map(|of| post["post"][of].as_str().unwrap_or_default().to_owned());
    let reporter = format!("reporter {}, karma {karma} at the time", a.agent.peer());
    let explained = agent_b.command(&["blocks", "explain", "203.0.113.7"]).await?;
    for part in proof.iter().map(String::as_str).chain(["Failed password", "transaction", &reporter]) {
        ensure!(!part.is_empty() && explained.contains(part), "the proof has no \"{part}\":\n{explained}");
    }
    ensure!(!explained.contains("transaction unknown"), "{explained}");
    Ok(())
}
