//! What the operator allows is never blocked.

use std::{collections::BTreeSet, net::Ipv4Addr};

use anyhow::ensure;
use sentinel_tests::lab::{SSH_PORT, Settings, Site, firewall, unless_interrupted};
use tempfile::NamedTempFile;

use crate::scene::{Router, Scene};

const OFFICE: Ipv4Addr = Site::ATTACKER.v4;
const STRANGER: Ipv4Addr = Site::ATTACKER.more_v4[0];

/// Who of the two comes in.
async fn who_comes_in(scene: &Scene) -> anyhow::Result<(bool, bool)> {
    let comes_in = |from| scene.attacker.can_connect_from(from, Site::A.v4, SSH_PORT);
    Ok((comes_in(OFFICE).await?, comes_in(STRANGER).await?))
}

#[tokio::test]
async fn an_allowed_address_is_let_go_at_once_and_passes_a_wider_block() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let Router { mut agent, host, sshd: _sshd } = scene.router(&Site::A).await?;
        agent.command(&["blocks", "add", "203.0.113.7", "203.0.113.8"]).await?;
        ensure!(who_comes_in(&scene).await? == (false, false));

        let allowed = agent.command(&["allow", "add", "203.0.113.7", "--reason", "our office"]).await?;
        ensure!(allowed.contains("let 203.0.113.7/32 go"), "{allowed}");
        ensure!(firewall::members(&host, "blocked4").await? == BTreeSet::from([STRANGER.into()]));
        ensure!(agent.networks().await? == ["203.0.113.8/32"]);
        let refused = agent.refusal(&["blocks", "add", "203.0.113.7"]).await?;
        ensure!(refused.contains("exit status: 9") && refused.contains("allowlist"), "{refused}");
        agent.command(&["blocks", "add", "203.0.113.0/24"]).await?;
        agent.command(&["blocks", "remove", "203.0.113.8"]).await?;
        ensure!(who_comes_in(&scene).await? == (true, false), "only who is allowed passes the wider block");

        agent.stop().await?;
        agent.start().await?;
        ensure!(who_comes_in(&scene).await? == (true, false), "after a restart too");
        agent.command(&["allow", "remove", "203.0.113.7"]).await?;
        ensure!(who_comes_in(&scene).await? == (false, false));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_name_is_allowed_by_what_it_stands_for_and_the_configs_entries_are_the_configs()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let hosts = NamedTempFile::new()?;
        std::fs::write(hosts.path(), "203.0.113.7 office.example\n")?;
        let more = "[guard]\nallow = [\"203.0.113.8\"]\n";
        let settings = Settings { more, hosts: Some(hosts.path()), ..Settings::default() };
        let Router { mut agent, host, sshd: _sshd } = scene.router_told(&Site::A, settings).await?;
        agent.command(&["blocks", "add", "203.0.113.7"]).await?;

        agent.command(&["allow", "add", "office.example"]).await?;
        agent.blocks_until("the office is let go", <[_]>::is_empty).await?;
        firewall::wait_until_exactly(&host, "blocked4", &BTreeSet::new()).await?;
        agent.stop().await?;
        agent.start().await?;
        firewall::wait_until_held(&host, "allowed4", OFFICE.into()).await?;
        agent.command(&["blocks", "add", "203.0.113.0/24"]).await?;
        ensure!(who_comes_in(&scene).await? == (true, true));

        let refused = agent.refusal(&["allow", "remove", "203.0.113.8"]).await?;
        ensure!(refused.contains("exit status: 4") && refused.contains("guard.allow"), "{refused}");
        agent.command(&["allow", "remove", "office.example"]).await?;
        ensure!(who_comes_in(&scene).await? == (false, true));
        Ok(())
    })
    .await
}
