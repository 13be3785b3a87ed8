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
        let told = agent.refusal(&["blocks", "add", "203.0.113.8"]).await?;
        ensure!(told.contains("remembering 203.0.113.8/32"), "not acknowledged: {told}");
        ensure!(firewall::holds(&a, "blocked4", scene.attacker.site.more_v4[0].into()).await?);

        disk.make_room()?;
        agent.said("the database works again; nothing was lost").await?;
        agent.stop().await?;
        agent.start().await?;
        let networks = agent.networks().await?;
        ensure!(networks == ["203.0.113.7/32", "203.0.113.8/32"], "{networks:?}");
        ensure!(fs::exists(agent.database())?);

        disk.fill()?;
        agent.kill()?;
        agent.start().await?;
        ensure!(agent.networks().await? == networks, "a full disk keeps no agent from starting");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_agent_that_stops_as_soon_as_there_is_room_has_written_down_what_was_decided() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let disk = SmallDisk::mount(host.directory().join("state"))?;
        let mut agent = Agent::launch(&host, Settings::default()).await?;
        disk.fill()?;
        agent.refusal(&["blocks", "add", "203.0.113.7"]).await?;
        disk.make_room()?;
        agent.stop().await?;
        agent.start().await?;
        let networks = agent.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        Ok(())
    })
    .await
}
