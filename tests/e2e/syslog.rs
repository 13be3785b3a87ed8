//! Logs that come over sockets: of this machine's programs, and of other machines.

use std::net::Ipv4Addr;

use anyhow::{Context, ensure};
use sentinel_tests::lab::{
    Agent, Attempt, BruteForce, Relay, SSH_PORT, Settings, Site, Sshd, firewall, unless_interrupted,
};

use crate::scene::Scene;

const PORT: u16 = 514;
const GUESSER: Ipv4Addr = Site::ATTACKER.v4;

#[tokio::test]
async fn a_server_that_logs_to_the_agents_syslog_socket_is_protected() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let socket = host.directory().join("log");
        let more = format!("[sources.syslog]\nunix = [{socket:?}]\n");
        let agent = Agent::launch(&host, Settings { more: &more, ..Settings::default() }).await?;
        let name = format!("syslog unix {}", socket.display());
        agent.source_until("the syslog socket", |source| source.name == name).await?;
        let _sshd = Sshd::start_with_syslog(&host, &socket).await?;

        let attempts = BruteForce::against(Site::A.v4).run(&scene.attacker).await?;

        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "the attack was stopped: {attempts:?}");
        agent.did("blocked", "203.0.113.7").await?;
        ensure!(firewall::holds(&host, "blocked4", GUESSER.into()).await?);
        agent.source_until("its events", |source| source.name == name && source.events > 0).await?;
        let explained = agent.command(&["blocks", "explain", "203.0.113.7"]).await?;
        ensure!(explained.contains("Failed password for user from 203.0.113.7"), "{explained}");
        Ok(())
    })
    .await
}

/// The server that is attacked is not the one that blocks: a router that is sent the log of a machine behind it.
async fn relayed(relay: Relay, section: &str, set: &str, spared: &str) -> anyhow::Result<()> {
    let scene = Scene::standalone()?;
    let (router, server) = (scene.lab.connect(&Site::A)?, scene.lab.connect(&Site::B)?);
    let stranger = scene.lab.connect(&Site::C)?;
    let sshd = Sshd::start(&server).await?;
    let more = format!(
        "[sources.syslog]\n{section} = [\"{}:{PORT}\"]\nallow = [\"{}/32\"]\n",
        Site::A.v4,
        Site::B.v4
    );
    let agent = Agent::launch(&router, Settings { more: &more, ..Settings::default() }).await?;
    let name = format!("syslog {section} {}:{PORT}", Site::A.v4);
    agent.source_until("the syslog socket", |source| source.name == name).await?;
    BruteForce::against(Site::B.v4).run(&scene.attacker).await?;

    // Who may not send is not heard, whatever it says; over TCP it may notice.
    let sent = relay.send(sshd.log_file(), &stranger, &router, PORT).await;
    agent
        .source_until("what the stranger sent", |source| source.name == name && source.skipped > 0)
        .await
        .with_context(|| format!("the stranger's syslog: {sent:?}"))?;
    ensure!(agent.blocks().await?.is_empty(), "a stranger accuses nobody");

    relay.send(sshd.log_file(), &server, &router, PORT).await?;
    agent.did("blocked", "203.0.113.7").await?;
    ensure!(firewall::holds(&router, set, GUESSER.into()).await?);
    ensure!(!firewall::holds(&router, spared, GUESSER.into()).await?);
    ensure!(!scene.reaches(Site::A.v4, SSH_PORT).await?);
    Ok(())
}

#[tokio::test]
async fn what_a_machine_behind_the_router_sends_over_tcp_blocks_its_attackers() -> anyhow::Result<()> {
    unless_interrupted(relayed(Relay::Tcp, "tcp", "blocked4", "peers4")).await
}

#[tokio::test]
async fn what_comes_over_udp_can_be_forged_and_blocks_shortly_and_inbound_only() -> anyhow::Result<()> {
    unless_interrupted(relayed(Relay::Udp, "udp", "peers4", "blocked4")).await
}
