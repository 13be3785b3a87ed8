//! What an agent knows outlives its process.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{Agent, Attempt, ListedBlock, Site, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn an_agent_that_restarts_keeps_its_blocks_and_reads_on_where_it_stopped() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let mut a = scene.router(&Site::A).await?;
        let (first, second) = (Site::ATTACKER.v4, Site::ATTACKER.more_v4[0]);
        scene.attack(&a).await?;
        a.agent.did("blocked", &first.to_string()).await?;
        let before = block_of("203.0.113.7/32", &a.agent).await?;

        a.agent.stop().await?;
        firewall::delete_table(&a.host).await?;
        let unseen = scene.attack_from_elsewhere(&a).await?;
        ensure!(unseen == [Attempt::Denied; 10], "no agent, no block: {unseen:?}");
        a.agent.start().await?;

        firewall::wait_until_held(&a.host, "blocked4", first.into()).await?;
        ensure!(block_of("203.0.113.7/32", &a.agent).await? == before, "the block is the same");
        a.agent.did("blocked", &second.to_string()).await?;
        firewall::wait_until_held(&a.host, "blocked4", second.into()).await?;
        let again = a.agent.steps()?.into_iter().find(|event| {
            event.step == "detected"
                && event.fields.get("network").is_some_and(|network| network == "203.0.113.7/32")
        });
        ensure!(again.is_none(), "old lines are not read twice: {again:?}");
        Ok(())
    })
    .await
}

async fn block_of(network: &str, agent: &Agent) -> anyhow::Result<ListedBlock> {
    let blocks = agent.blocks().await?;
    blocks
        .into_iter()
        .find(|block| block.network == network)
        .with_context(|| format!("{network} is not blocked"))
}
