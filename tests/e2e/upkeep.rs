//! What an agent has on the ledger does not stay there for ever, and its rent comes back.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{LedgerKind, Settings, Site, unless_interrupted};

use crate::scene::Scene;

/// Seconds of a cycle: long enough to like a post in, and short enough to wait for.
const CYCLE: i64 = 12;
/// What stands in `[ledger]`, and what has to go with it.
const SOON: &str = "retire_after = \"10s\"\n[trust]\nmax_age = \"10s\"\n";

#[tokio::test]
async fn an_old_post_is_retired_the_like_of_it_is_closed_and_cycles_are_recorded() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network_with_cycles_of(CYCLE, &LedgerKind::Dev).await?;
        let a = scene.router_told(&Site::A, Settings { more: SOON, ..Settings::default() }).await?;
        let agent_b = scene.onlooker(&Site::B).await?;
        scene.attack(&a).await?;
        agent_b.did("liked", "203.0.113.7").await?;
        let lowest = scene.balance(a.agent.peer()).await?;

        a.agent.did("retired", "203.0.113.7").await?;
        agent_b.did("verdict-closed", "203.0.113.7").await?;

        ensure!(scene.balance(a.agent.peer()).await? > lowest + 8_000_000, "the rent of the post is back");
        let advanced = [a.agent.steps()?, agent_b.steps()?].concat();
        ensure!(advanced.iter().any(|event| event.step == "cycle-advanced"), "{advanced:?}");
        let post = a.agent.posts().await?.pop().context("the post that A made")?;
        ensure!(post["verdict"] == "retired", "{post}");
        let id = post["post"]["id"].as_str().context("its address")?;
        let shown = a.agent.command(&["posts", "show", id]).await?;
        ensure!(shown.contains("verdict\tretired\n") && shown.contains("transaction\t"), "{shown}");
        let refused = a.agent.refusal(&["posts", "retract", id]).await?;
        ensure!(refused.contains("the ledger has it no longer"), "{refused}");
        Ok(())
    })
    .await
}
