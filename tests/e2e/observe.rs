//! An agent that only observes decides everything and blocks nothing.

use anyhow::ensure;
use sentinel_tests::lab::{LOG_PORT, LedgerKind, Site, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn who_only_observes_shows_what_peers_posts_would_block_and_leaves_the_kernel_alone()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let a = scene.router(&Site::A).await?;
        let mut observer = scene.onlooker(&Site::B).await?;
        observer.command(&["blocks", "add", "203.0.113.8", "--for", "1h"]).await?;
        observer.stop().await?;
        ensure!(firewall::tables(observer.host()).await?.contains("inet sentinel"), "it goes on dropping");

        observer.observe();
        observer.start().await?;
        observer.said("deleted the table inet sentinel of an earlier run").await?;
        scene.attack(&a).await?;

        for step in ["seen", "verified", "would-block", "liked"] {
            observer.did(step, "203.0.113.7").await?;
        }
        let networks = observer.networks().await?;
        ensure!(networks == ["203.0.113.7/32", "203.0.113.8/32"], "{networks:?}");
        let explained = observer.command(&["blocks", "explain", "203.0.113.7"]).await?;
        let parts =
            ["would be blocked; the agent only observes", "would be dropped (peer)", "Failed password"];
        for part in parts {
            ensure!(explained.contains(part), "no \"{part}\":\n{explained}");
        }
        let status = observer.command(&["status"]).await?;
        ensure!(status.contains("nothing is dropped"), "{status}");
        let checked = observer.refusal(&["blocks", "check", "203.0.113.7"]).await?;
        ensure!(checked.contains("exit status: 4"), "it is not blocked: {checked}");
        let tables = firewall::tables(observer.host()).await?;
        ensure!(tables.trim().is_empty(), "{tables} in the kernel");
        ensure!(scene.reaches(Site::B.v4, LOG_PORT).await?);
        Ok(())
    })
    .await
}
