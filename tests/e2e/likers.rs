//! A reporter that is gone is no loss: whoever liked its post has verified the log, and serves a copy.

use anyhow::ensure;
use sentinel_tests::lab::{LedgerKind, Site, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn a_log_whose_reporter_is_gone_is_fetched_from_who_liked_it_and_the_failure_is_shown()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let mut reporter = scene.router(&Site::A).await?;
        let liker = scene.onlooker(&Site::B).await?;
        scene.attack(&reporter).await?;
        liker.did("liked", "203.0.113.7").await?;

        reporter.agent.stop().await?;
        let late = scene.onlooker(&Site::C).await?;

        late.did("blocked", "203.0.113.7").await?;
        let shown = late.command(&["peers", "show", &reporter.agent.peer().to_string()]).await?;
        ensure!(shown.contains("failures\t1\n") && shown.contains("Connection refused"), "{shown}");
        let shown = late.command(&["peers", "show", &liker.peer().to_string()]).await?;
        ensure!(shown.contains("failures\t0\n"), "{shown}");
        Ok(())
    })
    .await
}
