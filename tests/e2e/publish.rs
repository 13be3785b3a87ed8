//! What the operator publishes by hand, and fetches by hand.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{LedgerKind, Site, unless_interrupted};
use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn a_file_that_proves_an_attack_blocks_at_the_peers_and_one_that_proves_nothing_is_refused()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let (publisher, peer) = (scene.onlooker(&Site::A).await?, scene.onlooker(&Site::B).await?);
        let line = "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 5 ssh2\n";
        let file = publisher.host().directory().join("attack.log");
        std::fs::write(&file, line.repeat(5))?;
        let file = file.display().to_string();

        let printed = publisher.command(&["posts", "publish", &file, "--json"]).await?;
        let published: Value = serde_json::from_str(&printed)?;
        ensure!(published["attacker_count"] == 1 && published["post"].is_string(), "{published}");
        peer.did("blocked", "203.0.113.9").await?;
        let again: Value =
            serde_json::from_str(&publisher.command(&["posts", "publish", &file, "--json"]).await?)?;
        ensure!(again["post"] == published["post"], "the same file is posted once: {again}");

        let url = published["log_url"].as_str().context("a URL")?;
        let hash = published["file_hash"].as_str().context("a hash")?;
        let fetched = peer.command(&["evidence", "fetch", url, "--sha256", hash, "--output", "-"]).await?;
        ensure!(fetched == line.repeat(5), "{fetched}");
        let internal =
            ["evidence", "fetch", "https://127.0.0.1:9000/logs/00112233445566aa", "--sha256", hash];
        let refused = peer.refusal(&internal).await?;
        ensure!(refused.contains("internal address") && refused.contains("exit status: 9"), "{refused}");

        std::fs::write(&file, "Nov 23 02:00:01 host sshd[1]: Accepted password for user from 203.0.113.9\n")?;
        let refused = publisher.refusal(&["posts", "publish", &file]).await?;
        ensure!(refused.contains("proves an attack") && refused.contains("exit status: 7"), "{refused}");
        let posts = publisher.posts().await?;
        ensure!(posts.len() == 1, "{posts:?}");

        let private =
            "Nov 23 02:00:01 gate sshd[1]: Failed password for alice from 203.0.113.10 port 5 ssh2\n";
        std::fs::write(&file, private.repeat(5))?;
        let printed = publisher.command(&["posts", "publish", &file, "--redact", "--json"]).await?;
        let redacted: Value = serde_json::from_str(&printed)?;
        let redaction = &redacted["redaction"];
        ensure!(*redaction == json!({ "applied": true, "lines": 5, "first": [1, 2, 3] }), "{redacted}");
        peer.did("blocked", "203.0.113.10").await?;
        let url = redacted["log_url"].as_str().context("a URL")?;
        let hash = redacted["file_hash"].as_str().context("a hash")?;
        let fetched = peer.command(&["evidence", "fetch", url, "--sha256", hash, "--output", "-"]).await?;
        ensure!(fetched.lines().count() == 5 && !fetched.contains("alice"), "{fetched}");
        Ok(())
    })
    .await
}
