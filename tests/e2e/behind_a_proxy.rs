//! An agent behind a reverse proxy that ends TLS, as behind a tunnel.

use anyhow::{Context, ensure};
use sentinel_tests::lab::{Agent, Host, LOG_PORT, LedgerKind, Proxy, Settings, Site, unless_interrupted};
use serde_json::Value;
use tokio::process::Command;

use crate::scene::Scene;

const SERVE: &str = "listen = [\"127.0.0.1:9000\"]\ntls = false\ntrusted_proxies = [\"127.0.0.1/32\"]\n\
                     public_url = \"https://198.51.100.2:9000\"\nrefusals_per_minute = 5\n";

#[tokio::test]
async fn peers_fetch_through_a_proxy_and_its_limits_count_them_and_not_whom_they_claim_to_be()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let host = scene.lab.connect(&Site::A)?;
        let auth = host.directory().join("auth.log");
        std::fs::write(&auth, "")?;
        let ledger = Some(scene.ledger()?);
        let settings = Settings { serve: Some(SERVE), log_file: Some(&auth), ledger, ..Settings::default() };
        let mut publisher = Agent::configure(&host, settings).await?;
        let _proxy = Proxy::start(&host, &publisher.identity()?).await?;
        publisher.join(scene.ledger()?, 100).await?;
        publisher.start().await?;
        let peer = scene.onlooker(&Site::B).await?;

        let line = "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 5 ssh2\n";
        let file = host.directory().join("attack.log");
        std::fs::write(&file, line.repeat(5))?;
        let printed = publisher.command(&["posts", "publish", &file.display().to_string(), "--json"]).await?;
        let published: Value = serde_json::from_str(&printed)?;
        peer.did("blocked", "203.0.113.9").await?;

        // Each time somebody else, by its own word; B among them.
        let mut statuses = Vec::new();
        for forged in ["192.0.2.2", "127.0.0.1", "198.51.100.9", "203.0.113.1", "8.8.8.8", "192.0.2.2", "::1"]
        {
            statuses.push(status_of_unsigned(&scene.attacker, forged).await?);
        }
        ensure!(statuses == ["422", "422", "422", "422", "422", "429", "429"], "{statuses:?}");
        let url = published["log_url"].as_str().context("a URL")?;
        let hash = published["file_hash"].as_str().context("a hash")?;
        let fetched = peer.command(&["evidence", "fetch", url, "--sha256", hash, "--output", "-"]).await?;
        ensure!(fetched == line.repeat(5), "others go on: {fetched}");
        publisher.said("\"source\":\"203.0.113.7\"").await?;
        publisher.said("\"source\":\"192.0.2.2\"").await?;

        let report: Value = serde_json::from_str(&publisher.command(&["doctor", "--json"]).await?)?;
        let found = |name: &str| {
            let checks = report["checks"].as_array().into_iter().flatten();
            checks.filter(|check| check["check"] == name).map(|check| check["verdict"].clone()).next()
        };
        for name in ["config", "identity", "kernel", "daemon", "ledger", "public URL", "port", "visitors"] {
            ensure!(found(name) == Some("ok".into()), "{name}: {report}");
        }
        Ok(())
    })
    .await
}

/// The status of a request through the proxy that says to come from elsewhere and is signed by nobody.
async fn status_of_unsigned(from: &Host, forged: &str) -> anyhow::Result<String> {
    let request = format!(
        "GET /logs/00112233445566aa HTTP/1.1\\r\\nHost: x\\r\\nX-Forwarded-For: {forged}\\r\\nConnection: close\\r\\n\\r\\n"
    );
    let connect = format!("openssl s_client -quiet -connect {}:{LOG_PORT} 2>/dev/null", Site::A.v4);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("printf '{request}' | {connect}")]);
    let answer = from.namespace.output(command).await?;
    let status = answer.split_whitespace().nth(1).with_context(|| format!("no status in {answer}"))?;
    Ok(status.to_owned())
}
