//! A database that the agent cannot trust is refused, and left to whoever can.

use std::{fs, time::Duration};

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Settings, Site, firewall, unless_interrupted};
use tokio::process::Command;

use crate::scene::Scene;

const SOON: Duration = Duration::from_secs(20);

/// Does something to the database as any other program may.
async fn sqlite(agent: &Agent, act: &str) -> anyhow::Result<String> {
    let mut sqlite = Command::new("sqlite3");
    sqlite.arg(agent.database()).arg(act);
    agent.host().namespace.output(sqlite).await
}

/// The agent does not start, names the file and leaves all its bytes.
async fn is_refused(agent: &Agent, because: &str) -> anyhow::Result<()> {
    let path = agent.database();
    let before = fs::read(&path)?;
    let mut daemon = agent.start_daemon().await?;
    ensure!(!daemon.ended(SOON).await?.success());
    let name = path.display().to_string();
    let names = |line: &str| line.contains(&name) && line.contains(because);
    let told = daemon.transcript().wait_for("a refusal", SOON, |line| names(&line.text).then_some(())).await;
    told?;
    ensure!(fs::read(&path)? == before, "{name} was changed");
    Ok(())
}

#[tokio::test]
async fn a_damaged_or_newer_database_is_refused_by_name_and_not_overwritten() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let mut agent = Agent::launch(&host, Settings::default()).await?;
        agent.command(&["blocks", "add", "203.0.113.7"]).await?;
        agent.stop().await?;
        // An agent may end before the log beside the file is folded into it.
        sqlite(&agent, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
        let good = fs::read(agent.database())?;

        sqlite(&agent, "PRAGMA user_version = 99").await?;
        is_refused(&agent, "version 99").await?;

        let mut damaged = good.clone();
        let middle = damaged.len() / 2;
        damaged[4096..middle].fill(0x5a);
        fs::write(agent.database(), &damaged)?;
        is_refused(&agent, "damaged").await?;
        firewall::wait_until_held(&host, "blocked4", [203, 0, 113, 7].into()).await?;

        fs::write(agent.database(), good)?;
        agent.start().await?;
        ensure!(agent.networks().await? == ["203.0.113.7/32"]);
        Ok(())
    })
    .await
}
