//! A full disk keeps nobody from being blocked, and nothing that was decided is lost to it.

use std::fs;

use anyhow::ensure;
use sentinel_tests::lab::{Agent, BruteForce, Settings, Site, SmallDisk, Sshd, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn with_a_full_disk_attackers_are_blocked_and_remembered_once_there_is_room() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let a = scene.lab.connect(&Site::A)?;
        let disk = SmallDisk::mount(a.directory().join("state"))?;
        let sshd = Sshd::start(&a).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ..Settings::default() };
        let mut agent = Agent::launch(&a, settings).await?;

        disk.fill()?;
        BruteForce::against(a.site.v4).run(&scene.attacker).await?;
        agent.did("blocked", "203.0.113.7").await?;
        ensure!(firewall::holds(&a, "blocked4", scene.attacker.site.v4.into()).await?);
        agent.said("blocks stay in force").await?;

        disk.make_room()?;
        agent.said("the database works again").await?;
        agent.stop().await?;
        agent.start().await?;
        let networks = agent.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        ensure!(fs::exists(a.directory().join("state/state.db"))?);
        Ok(())
    })
    .await
}
