//! Who attacks again is blocked for longer.

use anyhow::{Context, ensure};
use jiff::SignedDuration;
use sentinel_tests::lab::{ListedBlock, Settings, Site, unless_interrupted};

use crate::scene::{Router, Scene};

const RULES: &str = "[block]\nduration = \"2s\"\ngrowth = 60\n";
const FIRST: SignedDuration = SignedDuration::from_secs(2);
const SECOND: SignedDuration = SignedDuration::from_mins(2);
/// Blocks begin when the last line was read and end by when it was written.
const SLACK: SignedDuration = SignedDuration::from_secs(1);

async fn block_of(router: &Router, network: &str) -> anyhow::Result<ListedBlock> {
    let is_it = |block: &&ListedBlock| block.network == network;
    let blocks =
        router.agent.blocks_until(network, |blocks| blocks.iter().any(|block| is_it(&block))).await?;
    blocks.iter().find(is_it).cloned().context("the block")
}

/// How long it is blocked in all.
fn length(block: &ListedBlock) -> SignedDuration {
    block.until.duration_since(block.since)
}

#[tokio::test]
async fn who_attacks_again_after_a_block_is_blocked_for_longer_after_a_restart_too() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let settings = Settings { more: RULES, ..Settings::default() };
        let mut router = scene.router_told(&Site::A, settings).await?;
        scene.attack(&router).await?;
        let first = router.agent.did("blocked", "203.0.113.7").await?;
        scene.attack_from_elsewhere(&router).await?;
        router.agent.did("blocked", "203.0.113.8").await?;
        router.agent.blocks_until("both blocks have ended", <[_]>::is_empty).await?;
        let lasted = jiff::Timestamp::now().duration_since(first.at);
        ensure!(lasted + SLACK > FIRST, "the first block ended after {lasted}");

        scene.attack(&router).await?;
        let again = block_of(&router, "203.0.113.7/32").await?;
        router.agent.stop().await?;
        router.agent.start().await?;
        scene.attack_from_elsewhere(&router).await?;
        let after_restart = block_of(&router, "203.0.113.8/32").await?;
        for block in [again, after_restart] {
            ensure!(length(&block) + SLACK > SECOND, "{block:?}");
        }
        Ok(())
    })
    .await
}
