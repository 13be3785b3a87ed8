//! A full disk keeps nobody from being blocked, and nothing that was decided is lost to it.

use std::fs;

use anyhow::ensure;
use sentinel_tests::lab::{
    Agent, BruteForce, Lab, Settings, Site, SmallDisk, Sshd, firewall, unless_interrupted,
};

#[tokio::test]
async fn with_a_full_disk_attackers_are_blocked_and_remembered_once_there_is_room() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build().await?;
        let (a, attacker) = (lab.connect(&Site::A).await?, lab.connect(&Site::ATTACKER).await?);
        let disk = SmallDisk::mount(a.directory().join("state"))?;
        let sshd = Sshd::start(&a).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ..Settings::default() };
        let mut agent = Agent::launch(&a, settings).await?;

        disk.fill()?;
        BruteForce::against(a.site.v4).run(&attacker).await?;
        agent.did("blocked", "203.0.113.7").await?;
        ensure!(firewall::holds(&a, "blocked4", attacker.site.v4.into()).await?);
        agent.said("blocks stay in force").await?;

        disk.make_room()?;
        agent.said("the database works again").await?;
        agent.stop().await?;
        agent.start().await?;
        let networks: Vec<_> = agent.blocks().await?.into_iter().map(|block| block.network).collect();
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        ensure!(fs::exists(a.directory().join("state/state.db"))?);
        Ok(())
    })
    .await
}
