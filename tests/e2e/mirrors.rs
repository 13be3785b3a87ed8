//! A popular log outlives its reporter: who verified it mirrors it, says so on the ledger, and takes that back when the copy had
//! to go.

use anyhow::ensure;
use sentinel_tests::lab::{LedgerKind, Settings, Site, unless_interrupted};
use serde_json::{Value, json};

use crate::scene::Scene;

/// One like makes a post popular, and there is room for one copy.
const MIRROR: &str = "[mirror]\nmin_likes = 0\ncapacity = \"1 KiB\"\n";

/// Whose mirrors the posts list, of each post, those with the fewest first.
fn mirrors(posts: &[Value]) -> Vec<Vec<&Value>> {
    let listed = posts.iter().filter_map(|seen| seen["post"]["mirrors"].as_array());
    let mut all: Vec<Vec<_>> =
        listed.map(|mirrors| mirrors.iter().map(|mirror| &mirror["peer"]).collect()).collect();
    all.sort_by_key(Vec::len);
    all
}

#[tokio::test]
async fn a_popular_log_is_mirrored_serves_for_its_reporter_and_is_withdrawn_when_it_had_to_go()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let mut reporter = scene.router(&Site::A).await?;
        let told = Settings { more: MIRROR, ..Settings::default() };
        let mut mirror = scene.onlooker_told(&Site::B, told).await?;
        let its_key = json!(mirror.peer().to_string());
        scene.attack(&reporter).await?;
        let listed = |posts: &[Value]| mirrors(posts) == [vec![&its_key]];
        reporter.agent.posts_until("the mirror is listed", listed).await?;
        let status = mirror.command(&["status"]).await?;
        ensure!(status.contains("mirrors announced\t1\n"), "{status}");
        mirror.stop().await?;
        mirror.start().await?;

        reporter.agent.stop().await?;
        let late = scene.onlooker(&Site::C).await?;
        late.did("blocked", "203.0.113.7").await?;
        let shown = late.command(&["peers", "show", &reporter.agent.peer().to_string()]).await?;
        ensure!(shown.contains("failures\t1\n"), "its reporter was asked first: {shown}");

        reporter.agent.start().await?;
        scene.attack_from_elsewhere(&reporter).await?;
        mirror.said("no longer mirroring post").await?;
        let moved = |posts: &[Value]| mirrors(posts) == [vec![], vec![&its_key]];
        reporter.agent.posts_until("the first copy is withdrawn, the second listed", moved).await?;
        let steps = mirror.steps()?;
        ensure!(
            steps.iter().filter(|event| event.step == "mirrored").count() == 1,
            "announced anew: {steps:?}"
        );
        Ok(())
    })
    .await
}
