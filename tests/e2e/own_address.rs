//! What was a stranger's address becomes this host's own.

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Settings, Site, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn what_becomes_an_own_address_or_an_own_link_is_let_go_at_once() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let agent = Agent::launch(&host, Settings::default()).await?;
        agent.command(&["blocks", "add", "192.0.2.0/26", "192.0.2.250", "203.0.113.7"]).await?;

        host.namespace.ip("address add 192.0.2.9/24 dev eth0")?;

        for network in ["192.0.2.0/26", "192.0.2.250/32"] {
            agent.did("released", network).await?;
        }
        firewall::wait_until_exactly(&host, "blocked4", &[Site::ATTACKER.v4.into()].into()).await?;
        firewall::wait_until_exactly(&host, "blocked4_26", &[].into()).await?;
        let networks = agent.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        Ok(())
    })
    .await
}
