//! What peers said counts only as long as they stand by it and are believed.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{LedgerKind, Site, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn a_ban_lets_go_at_once_outlasts_a_restart_and_can_be_taken_back() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let a = scene.router(&Site::A).await?;
        let mut agent_b = scene.onlooker(&Site::B).await?;
        scene.attack(&a).await?;
        agent_b.did("blocked", "203.0.113.7").await?;
        let (reporter, ip) = (a.agent.peer().to_string(), Site::ATTACKER.v4.into());

        let said = agent_b.command(&["peers", "ban", &reporter, "--reason", "it lies"]).await?;
        ensure!(said.contains("let 203.0.113.7/32 go"), "{said}");
        ensure!(agent_b.networks().await?.is_empty());
        ensure!(!firewall::holds(agent_b.host(), "peers4", ip).await?, "the kernel lets it go at once");
        let explained = agent_b.command(&["posts", "list"]).await?;
        ensure!(explained.contains("waiting for more words: 1"), "{explained}");

        agent_b.stop().await?;
        agent_b.start().await?;
        ensure!(agent_b.networks().await?.is_empty(), "the ban outlasts a restart");
        let shown = agent_b.command(&["peers", "show", &reporter]).await?;
        ensure!(shown.contains("the reporter is banned by this operator"), "{shown}");
        let replayed = agent_b.command(&["trust", "replay", "--pin", &reporter]).await?;
        ensure!(replayed.starts_with("203.0.113.7/32\t"), "it would be blocked longer: {replayed}");

        let said = agent_b.command(&["peers", "unban", &reporter]).await?;
        ensure!(said.contains("blocked 203.0.113.7/32"), "{said}");
        ensure!(firewall::holds(agent_b.host(), "peers4", ip).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_its_reporter_takes_back_is_let_go_everywhere() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let a = scene.router(&Site::A).await?;
        let agent_b = scene.onlooker(&Site::B).await?;
        scene.attack(&a).await?;
        agent_b.did("blocked", "203.0.113.7").await?;
        let post = agent_b.posts().await?.pop().context("the post that B applied")?;
        let id = post["post"]["id"].as_str().context("its address")?;
        let (a, b) = (&a.agent, &agent_b);
        let refused = b.refusal(&["posts", "retract", id]).await?;
        ensure!(refused.contains("only its owner can"), "{refused}");

        let said = a.command(&["posts", "retract", id]).await?;

        ensure!(said.contains("taken back"), "{said}");
        agent_b.blocks_until("nobody", |blocks| blocks.is_empty()).await?;
        ensure!(
            !firewall::holds(b.host(), "peers4", Site::ATTACKER.v4.into()).await?,
            "the kernel lets it go"
        );
        let shown = b.command(&["posts", "show", id]).await?;
        ensure!(shown.contains("verdict\trejected\nwhy\tthe reporter took it back\n"), "{shown}");
        let shown = a.command(&["posts", "show", id]).await?;
        ensure!(shown.contains("this agent published it and took it back"), "{shown}");
        ensure!(a.networks().await? == ["203.0.113.7/32"], "what A saw itself is the operator's matter");
        let said = a.command(&["posts", "retract", id]).await?;
        ensure!(said.contains("had been taken back before"), "{said}");
        Ok(())
    })
    .await
}
