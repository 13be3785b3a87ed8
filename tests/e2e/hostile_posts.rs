//! A peer with karma turns hostile: none of its posts does anything, and none holds up an honest one.

use anyhow::{Context, ensure};
use sentinel_agent::domain::FileHash;
use sentinel_tests::lab::{LedgerKind, Site, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn hostile_posts_of_a_believed_peer_are_refused_with_reasons_and_hold_up_nobody() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let (honest, hostile) = (scene.router(&Site::A).await?, scene.router(&Site::C).await?);
        let onlooker = scene.onlooker(&Site::B).await?;

        scene.attack(&hostile).await?;
        onlooker.did("blocked", "203.0.113.7").await?;
        onlooker.did("liked", "203.0.113.7").await?;
        let posts = onlooker.posts().await?;
        let log_url = posts.first().and_then(|post| post["post"]["log_url"].as_str()).context("C's post")?;
        let tampered = FileHash::of(b"something else");
        let ledger = scene.ledger()?;
        for (log_url, file_hash) in [
            ("https://:9000/logs/00112233445566aa", FileHash::of(b"invalid URL")),
            ("https://127.0.0.1:9000/logs/00112233445566aa", FileHash::of(b"internal address")),
            (log_url, tampered),
        ] {
            ledger.post(&hostile.agent.identity()?, log_url, file_hash).await?;
        }
        scene.attack_from_elsewhere(&honest).await?;

        onlooker.did("blocked", "203.0.113.8").await?;
        for reason in ["is not a URL", "is an internal address", &format!("the ledger says {tampered}")] {
            onlooker.failed_because(reason).await?;
        }
        let networks = onlooker.networks().await?;
        ensure!(networks == ["203.0.113.7/32", "203.0.113.8/32"], "{networks:?}");
        let failed = onlooker.posts().await?.iter().filter(|post| post["verdict"] == "failed").count();
        ensure!(failed == 3, "each hostile post is remembered with its verdict");
        Ok(())
    })
    .await
}
