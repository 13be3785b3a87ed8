//! Who is blocked loses the connections that are open, when the operator wants that, and what is dropped is counted.

use std::{fs, net::Ipv4Addr, time::Duration};

use anyhow::{Context, bail, ensure};
use sentinel_tests::lab::{Agent, Host, Settings, Site, unless_interrupted};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::scene::Scene;

const PORT: u16 = 2222;

/// Whether the host's kernel keeps track of a TCP connection that was opened from there.
async fn tracks(host: &Host, opener: Ipv4Addr) -> anyhow::Result<bool> {
    let read = || fs::read_to_string("/proc/thread-self/net/nf_conntrack");
    let table = host.namespace.run_blocking(read).await?.context("reading the tracked connections")?;
    let opener = format!("src={opener}");
    let opened = |line: &str| line.split(' ').find(|word| word.starts_with("src=")) == Some(&opener);
    Ok(table.lines().any(|line| line.contains(" tcp ") && opened(line)))
}

/// Packets that the agent says it has dropped of the attacker.
async fn dropped(agent: &Agent) -> anyhow::Result<u64> {
    let explained = agent.command(&["blocks", "explain", "203.0.113.7", "--json"]).await?;
    let explained: Value = serde_json::from_str(&explained)?;
    explained["blocks"][0]["dropped"]["packets"].as_u64().with_context(|| format!("no counter: {explained}"))
}

#[tokio::test]
async fn who_is_blocked_loses_an_open_connection_and_its_packets_are_counted() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let more = "[block]\ndrop_connections = true\ncounters = true\n";
        let agent = Agent::launch(&host, Settings { more, ..Settings::default() }).await?;
        let listener = host.listen(PORT).await?;
        let mut theirs = scene.attacker.namespace.run(TcpStream::connect((Site::A.v4, PORT))).await??;
        let (mut ours, _) = listener.accept().await?;
        theirs.write_all(b"hello").await?;
        ours.read_exact(&mut [0; 5]).await?;
        ensure!(tracks(&host, Site::ATTACKER.v4).await?);

        agent.command(&["blocks", "add", "203.0.113.7"]).await?;

        theirs.write_all(b"more").await?;
        let more = timeout(Duration::from_millis(500), ours.read(&mut [0; 4])).await;
        ensure!(more.is_err(), "{more:?} arrived");
        for _ in 0..100 {
            if dropped(&agent).await? > 0 && !tracks(&host, Site::ATTACKER.v4).await? {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        let (dropped, tracked) = (dropped(&agent).await?, tracks(&host, Site::ATTACKER.v4).await?);
        bail!("after 10 s {dropped} packets are counted; the connection is tracked: {tracked}")
    })
    .await
}
