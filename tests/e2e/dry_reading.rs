//! What is understood of a log can be asked without touching the firewall, and without a daemon.

use anyhow::ensure;
use sentinel_tests::lab::{Agent, BruteForce, Settings, Site, Sshd, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn a_servers_log_is_explained_and_replayed_without_touching_the_firewall() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let sshd = Sshd::start(&host).await?;
        let agent = Agent::configure(&host, Settings::default()).await?;
        BruteForce::against(Site::A.v4).run(&scene.attacker).await?;

        let explained = agent.command_reading(sshd.log_file(), &["logs", "explain"]).await?;
        for part in ["203.0.113.7", "sshd", "failed-login", "sshd-bruteforce"] {
            ensure!(explained.contains(part), "no \"{part}\":\n{explained}");
        }
        let asked = ["logs", "explain", "--json", "--service", "sshd"];
        let proofs = agent.command_reading(sshd.log_file(), &asked).await?;
        ensure!(proofs.lines().count() == sshd.log().lines().len(), "a line for each:\n{proofs}");
        let proof = r#"{"ip":"203.0.113.7","service":"sshd","kind":"failed-login"}"#;
        ensure!(proofs.lines().any(|line| line == proof), "{proofs}");

        let log = sshd.log_file().display().to_string();
        let replayed = agent.command(&["logs", "replay", &log]).await?;
        ensure!(replayed.contains("203.0.113.7/32") && replayed.contains("sshd-bruteforce"), "{replayed}");
        let tables = firewall::tables(&host).await?;
        ensure!(tables.trim().is_empty(), "{tables} in the kernel");
        ensure!(!agent.control_socket().exists() && !agent.database().exists(), "no daemon was there");
        Ok(())
    })
    .await
}
