//! An agent without a ledger protects its own host.

use anyhow::ensure;
use sentinel_tests::lab::{Attempt, SSH_PORT, Site, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn an_agent_without_a_ledger_detects_and_blocks_and_says_that_it_shares_nothing() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let a = scene.router(&Site::A).await?;
        let status = a.agent.command(&["status"]).await?;
        ensure!(status.contains("standalone"), "{status}");

        let attempts = scene.attack(&a).await?;

        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "{attempts:?}");
        a.agent.did("stored", "203.0.113.7").await?;
        ensure!(firewall::holds(&a.host, "blocked4", Site::ATTACKER.v4.into()).await?);
        ensure!(!scene.reaches(Site::A.v4, SSH_PORT).await?);
        ensure!(a.agent.steps()?.iter().all(|event| event.step != "posted"));
        Ok(())
    })
    .await
}
