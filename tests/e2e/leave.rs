//! Leaving the network, and coming back.

use anyhow::ensure;
use sentinel_agent::domain::FileHash;
use sentinel_tests::lab::{Agent, Lab, LedgerKind, Settings, Site, unless_interrupted};
use serde_json::Value;

#[tokio::test]
async fn who_leaves_is_no_peer_until_it_joins_again_with_the_karma_that_it_had() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build()?;
        let ledger = lab.ledger(&LedgerKind::Dev).await?;
        let told = Settings { ledger: Some(&ledger), ..Settings::default() };
        let agent = Agent::configure(&lab.connect(&Site::A)?, told).await?;
        ledger.fund(agent.peer()).await?;
        let refused = agent.refusal(&["network", "leave"]).await?;
        ensure!(refused.contains("leaving the network") && refused.contains("NotPeer"), "{refused}");

        agent.join(&ledger, 70).await?;
        let left: Value = serde_json::from_str(&agent.command(&["network", "leave", "--json"]).await?)?;
        ensure!(left["peer"] == agent.peer().to_string() && left["tx"].is_string(), "{left}");
        agent.command(&["network", "join"]).await?;
        ensure!(ledger.karma(agent.peer()).await? == 70, "karma stays with the key");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_has_just_posted_is_told_from_when_on_it_may_leave() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build()?;
        let ledger = lab.ledger(&LedgerKind::Dev).await?;
        let told = Settings { ledger: Some(&ledger), ..Settings::default() };
        let agent = Agent::configure(&lab.connect(&Site::A)?, told).await?;
        agent.join(&ledger, 70).await?;
        ledger.post(&agent.identity()?, "https://a.example/logs/00", FileHash([1; 32])).await?;
        let refused = agent.refusal(&["network", "leave"]).await?;
        ensure!(refused.contains("a cycle after its last post") && refused.contains("may from"), "{refused}");
        Ok(())
    })
    .await
}
