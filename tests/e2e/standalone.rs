//! An agent without a ledger protects its own host.

use anyhow::ensure;
use sentinel_tests::lab::{
    Agent, Attempt, BruteForce, Lab, SSH_PORT, Settings, Site, Sshd, firewall, unless_interrupted,
};

#[tokio::test]
async fn an_agent_without_a_ledger_detects_and_blocks_and_says_that_it_shares_nothing() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let lab = Lab::build().await?;
        let (a, attacker) = (lab.connect(&Site::A).await?, lab.connect(&Site::ATTACKER).await?);
        let sshd = Sshd::start(&a).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ..Settings::default() };
        let agent = Agent::launch(&a, settings).await?;
        let status = agent.command(&["status"]).await?;
        ensure!(status.contains("standalone"), "{status}");

        let attempts = BruteForce::against(a.site.v4).run(&attacker).await?;

        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "{attempts:?}");
        agent.did("stored", "203.0.113.7").await?;
        ensure!(firewall::holds(&a, "blocked4", attacker.site.v4.into()).await?);
        ensure!(!attacker.can_connect(a.site.v4, SSH_PORT).await?);
        ensure!(agent.steps()?.iter().all(|event| event.step != "posted"));
        Ok(())
    })
    .await
}
