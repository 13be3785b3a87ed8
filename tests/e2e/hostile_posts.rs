//! A peer with karma turns hostile: none of its posts does anything, and none holds up an honest one.

use anyhow::{Context, ensure};
use sentinel_agent::domain::FileHash;
use sentinel_tests::lab::{Agent, BruteForce, Lab, LedgerKind, Settings, Site, Sshd, unless_interrupted};
use serde_json::Value;

#[tokio::test]
async fn hostile_posts_of_a_believed_peer_are_refused_with_reasons_and_hold_up_nobody() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let lab = Lab::build().await?;
        let (a, b, c) =
            (lab.connect(&Site::A).await?, lab.connect(&Site::B).await?, lab.connect(&Site::C).await?);
        let attacker = lab.connect(&Site::ATTACKER).await?;
        let ledger = lab.ledger(&LedgerKind::Dev).await?;
        let (sshd_a, sshd_c) = (Sshd::start(&a).await?, Sshd::start(&c).await?);
        let shared = Settings { ledger: Some(&ledger), ..Settings::default() };
        let _agent_a = Agent::launch(&a, Settings { log_file: Some(sshd_a.log_file()), ..shared }).await?;
        let agent_b = Agent::launch(&b, shared).await?;
        let agent_c = Agent::launch(&c, Settings { log_file: Some(sshd_c.log_file()), ..shared }).await?;

        BruteForce::against(c.site.v4).run(&attacker).await?;
        agent_b.did("blocked", "203.0.113.7").await?;
        agent_b.did("liked", "203.0.113.7").await?;
        let honest = posts(&agent_b).await?;
        let log_url = honest.first().and_then(|post| post["post"]["log_url"].as_str()).context("C's post")?;
        let tampered = FileHash::of(b"something else");
        for (log_url, file_hash) in [
            ("https://:9000/logs/00112233445566aa", FileHash::of(b"invalid URL")),
            ("https://127.0.0.1:9000/logs/00112233445566aa", FileHash::of(b"internal address")),
            (log_url, tampered),
        ] {
            ledger.post(&agent_c.identity()?, log_url, file_hash).await?;
        }
        BruteForce::against(a.site.v4).from(attacker.site.more_v4[0]).run(&attacker).await?;

        agent_b.did("blocked", "203.0.113.8").await?;
        for reason in ["is not a URL", "is an internal address", &format!("the ledger says {tampered}")] {
            agent_b.failed_because(reason).await?;
        }
        let mut networks: Vec<_> = agent_b.blocks().await?.into_iter().map(|block| block.network).collect();
        networks.sort();
        ensure!(networks == ["203.0.113.7/32", "203.0.113.8/32"], "{networks:?}");
        let failed = posts(&agent_b).await?.iter().filter(|post| post["verdict"] == "failed").count();
        ensure!(failed == 3, "each hostile post is remembered with its verdict");
        Ok(())
    })
    .await
}

async fn posts(agent: &Agent<'_>) -> anyhow::Result<Vec<Value>> {
    let printed = agent.command(&["posts", "list", "--json"]).await?;
    let list: Value = serde_json::from_str(&printed).with_context(|| format!("reading {printed}"))?;
    list["posts"].as_array().cloned().with_context(|| format!("no list of posts: {printed}"))
}
