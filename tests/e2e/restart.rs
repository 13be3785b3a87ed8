//! What an agent knows outlives its process.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{
    Agent, Attempt, BruteForce, Lab, ListedBlock, Settings, Site, Sshd, firewall, unless_interrupted,
};

#[tokio::test]
async fn an_agent_that_restarts_keeps_its_blocks_and_reads_on_where_it_stopped() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build().await?;
        let (a, attacker) = (lab.connect(&Site::A).await?, lab.connect(&Site::ATTACKER).await?);
        let (first, second) = (attacker.site.v4, attacker.site.more_v4[0]);
        let sshd = Sshd::start(&a).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ..Settings::default() };
        let mut agent = Agent::launch(&a, settings).await?;
        BruteForce::against(a.site.v4).from(first).run(&attacker).await?;
        agent.did("blocked", &first.to_string()).await?;
        let before = block_of("203.0.113.7/32", &agent).await?;

        agent.stop().await?;
        firewall::delete_table(&a).await?;
        let unseen = BruteForce::against(a.site.v4).from(second).run(&attacker).await?;
        ensure!(unseen == [Attempt::Denied; 10], "no agent, no block: {unseen:?}");
        agent.start().await?;

        firewall::wait_until_held(&a, "blocked4", first.into()).await?;
        ensure!(block_of("203.0.113.7/32", &agent).await? == before, "the block is the same");
        agent.did("blocked", &second.to_string()).await?;
        firewall::wait_until_held(&a, "blocked4", second.into()).await?;
        let again = agent.steps()?.into_iter().find(|event| {
            event.step == "detected"
                && event.fields.get("network").is_some_and(|network| network == "203.0.113.7/32")
        });
        ensure!(again.is_none(), "old lines are not read twice: {again:?}");
        Ok(())
    })
    .await
}

async fn block_of(network: &str, agent: &Agent<'_>) -> anyhow::Result<ListedBlock> {
    let blocks = agent.blocks().await?;
    blocks
        .into_iter()
        .find(|block| block.network == network)
        .with_context(|| format!("{network} is not blocked"))
}
