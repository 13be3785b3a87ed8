//! One agent is enough for a host.

use std::time::Duration;

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Line, Settings, Site, firewall, unless_interrupted};

use crate::scene::Scene;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_second_agent_refuses_clearly_and_the_first_is_unharmed() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let agent = Agent::launch(&host, Settings::default()).await?;
        agent.command(&["blocks", "add", "203.0.113.7"]).await?;

        let mut second = agent.start_daemon().await?;

        let refusal = |line: &Line| line.text.contains("another sentinel-agent").then_some(());
        second.transcript().wait_for("its refusal", SOON, refusal).await?;
        ensure!(!second.ended(SOON).await?.success());
        agent.command(&["blocks", "add", "203.0.113.8"]).await?;
        let blocked = [[203, 0, 113, 7], [203, 0, 113, 8]].map(Into::into).into();
        firewall::wait_until_exactly(&host, "blocked4", &blocked).await
    })
    .await
}

#[tokio::test]
async fn of_two_agents_that_start_at_once_one_serves() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let agent = Agent::configure(&host, Settings::default()).await?;

        let (mut one, mut other) = tokio::try_join!(agent.start_daemon(), agent.start_daemon())?;

        let status = tokio::select! {
            status = one.ended(SOON) => status?,
            status = other.ended(SOON) => status?,
        };
        ensure!(!status.success(), "whoever came second cannot have done its work");
        agent.answers().await?;
        agent.command(&["blocks", "add", "203.0.113.7"]).await?;
        firewall::wait_until_held(&host, "blocked4", [203, 0, 113, 7].into()).await
    })
    .await
}
