//! A peer whose log cannot be fetched holds up nobody else's.

use std::time::Duration;

use anyhow::ensure;
use jiff::Timestamp;
use sentinel_tests::lab::{LedgerKind, Settings, Site, unless_interrupted};

use crate::scene::Scene;

/// Where packets get lost, so that a download from there takes its full 30 s to fail.
const NOWHERE: &str = "198.51.100.200/30";
const UNREACHABLE_URL: &str = "https://198.51.100.202:9000";

/// Well below the time after which a download is given up.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_peer_that_cannot_be_reached_holds_up_no_other_post() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        scene.lab.lose_packets_to(NOWHERE)?;
        let reachable = scene.router(&Site::A).await?;
        let onlooker = scene.onlooker(&Site::B).await?;
        let claiming = Settings { public_url: Some(UNREACHABLE_URL), ..Settings::default() };
        let unreachable = scene.router_told(&Site::C, claiming).await?;

        scene.attack_from_elsewhere(&unreachable).await?;
        unreachable.agent.did("posted", "203.0.113.8").await?;
        onlooker.did("seen", "203.0.113.8").await?;
        scene.attack(&reachable).await?;
        let attacked = Timestamp::now();

        let blocked = onlooker.did("blocked", "203.0.113.7").await?;
        let took = Duration::try_from(blocked.at.duration_since(attacked)).unwrap_or_default();
        ensure!(took < SOON, "A's post had to wait for C's: {took:?}");
        let networks = onlooker.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "what could not be fetched blocks nobody: {networks:?}");
        Ok(())
    })
    .await
}
