//! What an operator sees of an agent that works: metrics, the doctor's findings, the status as it goes on, and what may be
//! sent to strangers.

use std::time::Duration;

use anyhow::{Context, ensure};
use sentinel_tests::lab::{Agent, Attempt, Host, LedgerKind, Settings, Site, unless_interrupted};
use serde_json::Value;
use tokio::{process::Command, time::sleep};

use crate::scene::Scene;

const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:9101\"\n";

/// What a support dump has.
const SECTIONS: [&str; 8] =
    ["system", "configuration", "status", "doctor", "last warnings", "database", "firewall table", "metrics"];

/// The value of a series, by its name and labels.
fn value(metrics: &str, series: &str) -> anyhow::Result<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let line = line.with_context(|| format!("{series} is not in\n{metrics}"))?;
    Ok(line.parse()?)
}

/// What is told at the port, with the head of the answer.
async fn scraped(host: &Host) -> anyhow::Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--include", "http://127.0.0.1:9101/metrics"]);
    host.namespace.output(curl).await
}

#[tokio::test]
async fn an_attack_is_seen_in_the_metrics_of_both_peers_and_nothing_of_it_in_a_redacted_dump()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let told = Settings { more: METRICS, ..Settings::default() };
        let a = scene.router_told(&Site::A, told).await?;
        let b = scene.onlooker_told(&Site::B, told).await?;
        let attempts = scene.attack(&a).await?;
        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "{attempts:?}");
        b.did("liked", "203.0.113.7").await?;

        measured_here(&a.host).await?;
        measured_there(&b).await?;
        found_well(&a.agent).await?;
        redacted(&a.agent, &[a.agent.peer().to_string(), b.peer().to_string()]).await
    })
    .await
}

/// Looks at what the agent of the router that was attacked tells at its port.
async fn measured_here(host: &Host) -> anyhow::Result<()> {
    // What the ledger says is some seconds old at the most.
    let mut told = scraped(host).await?;
    for _ in 0..20 {
        if value(&told, "sentinel_ledger_rent_lamports").is_ok_and(|rent| rent > 0.0) {
            break;
        }
        sleep(Duration::from_millis(500)).await;
        told = scraped(host).await?;
    }
    ensure!(told.contains("content-type: application/openmetrics-text; version=1.0.0"), "{told}");
    for (series, least) in [
        ("sentinel_blocks{origin=\"local\"}", 1.0),
        ("sentinel_events_total{service=\"sshd\"}", 5.0),
        ("sentinel_detections_total{service=\"sshd\"}", 1.0),
        ("sentinel_block_seconds_count", 1.0),
        ("sentinel_dropped_packets_total{scope=\"all\",family=\"ipv4\"}", 1.0),
        ("sentinel_request_seconds_count{code=\"200\"}", 1.0),
        ("sentinel_ledger_joined", 1.0),
        ("sentinel_ledger_karma", 100.0),
        ("sentinel_ledger_spent_lamports", 1.0),
        ("sentinel_ledger_rent_lamports", 1.0),
        ("sentinel_ledger_balance_lamports", 1.0),
    ] {
        let found = value(&told, series)?;
        ensure!(found >= least, "{series} is {found}");
    }
    Ok(())
}

/// Looks at what the agent tells that heard of the attack, over its socket.
async fn measured_there(agent: &Agent) -> anyhow::Result<()> {
    let told = agent.command(&["metrics"]).await?;
    for series in [
        "sentinel_blocks{origin=\"peer\"}",
        "sentinel_posts_total{verdict=\"applied\"}",
        "sentinel_post_seconds_count",
        "sentinel_download_seconds_count{outcome=\"ok\"}",
    ] {
        let found = value(&told, series)?;
        ensure!(found == 1.0, "{series} is {found}");
    }
    Ok(())
}

/// Looks at what the doctor finds where all is well.
async fn found_well(agent: &Agent) -> anyhow::Result<()> {
    let report = agent.command(&["doctor"]).await?;
    for name in [
        "kernel",
        "table",
        "capabilities",
        "TLS",
        "disk",
        "daemon",
        "logs",
        "ledger",
        "endpoints",
        "ledger lag",
        "balance",
    ] {
        ensure!(report.contains(&format!("{name}\tok\t")), "{name}: {report}");
    }
    Ok(())
}

/// Looks at what may be sent to strangers.
async fn redacted(agent: &Agent, keys: &[String]) -> anyhow::Result<()> {
    let secrets = ["192.0.2.99", "a secret reason"];
    agent.command(&["blocks", "add", secrets[0], "--reason", secrets[1]]).await?;
    let whole = agent.command(&["support", "dump"]).await?;
    let folder = agent.host().directory().display().to_string();
    let own = [Site::A.v4.to_string(), folder, agent.peer().to_string()];
    ensure!(own.iter().all(|word| whole.contains(word.as_str())), "the whole one tells: {whole}");

    let text = agent.command(&["support", "dump", "--redact"]).await?;
    let addresses = [Site::A.v4, Site::B.v4, Site::ATTACKER.v4].map(|ip| ip.to_string());
    for private in own.iter().chain(&addresses).chain(keys) {
        ensure!(!text.contains(private.as_str()), "{private} is in\n{text}");
    }
    for section in SECTIONS.map(|section| format!("\n== {section}\n")) {
        ensure!(whole.contains(&section) && text.contains(&section), "{section}: {whole}");
    }
    for secret in secrets {
        ensure!(
            !whole.contains(secret) && !text.contains(secret),
            "of blocks only numbers are told: {whole}"
        );
    }
    for kept in [
        "<address 1>",
        "<key 1>",
        "sentinel_blocks{origin=\"local\"} 1",
        "sentinel_blocks{origin=\"manual\"} 1",
        "rows of posts\t1",
        "table\tok\t",
    ] {
        ensure!(text.contains(kept), "{kept} is not in\n{text}");
    }
    Ok(())
}

#[tokio::test]
async fn the_status_goes_on_until_somebody_ends_it_and_leaves_the_terminal_as_it_was() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let agent = scene.onlooker(&Site::A).await?;

        let printed = agent.interrupted(4, false, &["status", "--watch", "--json"]).await?;
        let lines: Vec<&str> = printed.lines().collect();
        ensure!(lines.len() >= 2, "{printed}");
        for line in lines {
            let status: Value = serde_json::from_str(line)?;
            ensure!(status["blocks"]["local"] == 0, "{line}");
        }
        let drawn = agent.interrupted(3, true, &["status", "--watch"]).await?;
        ensure!(drawn.starts_with("\u{1b}[?1049h\u{1b}[?25l\u{1b}[H"), "{drawn:?}");
        ensure!(drawn.trim_end().ends_with("\u{1b}[?25h\u{1b}[?1049l"), "{drawn:?}");
        ensure!(drawn.matches("local blocks").count() >= 2, "{drawn:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_doctor_tells_without_the_daemon_what_it_can() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let mut agent = scene.onlooker(&Site::A).await?;
        agent.command(&["blocks", "add", "192.0.2.99"]).await?;
        agent.stop().await?;

        let silent = agent.refusal(&["doctor"]).await?;
        ensure!(silent.contains("exit status: 3"), "{silent}");
        let report = agent.command(&["support", "dump"]).await?;
        for line in [
            "table\tok\t1 networks are dropped, also while the agent is down",
            "kernel\tok\t",
            "daemon\tfailed\t",
            "ledger\tok\t",
            "balance\tok\t",
            "not checked\tunknown\t",
        ] {
            ensure!(report.contains(line), "{line}: {report}");
        }
        Ok(())
    })
    .await
}
