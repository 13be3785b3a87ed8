//! Packets that the operator's own firewall rules drop and log.

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use sentinel_tests::lab::{Agent, SSH_PORT, Settings, Site, Sshd, firewall, unless_interrupted};

use crate::scene::Scene;

/// The operator's rules: who knocks at ports where nobody is gets to know so, and is logged.
const RULES: [&str; 3] = [
    "add table inet edge",
    "add chain inet edge in { type filter hook input priority 0 ; }",
    "add rule inet edge in tcp dport 1000-1999 log prefix \"dropped: \" group 5 reject with tcp reset",
];

/// More than anybody has a reason to try.
const PORTS: std::ops::Range<u16> = 1000..1030;

#[tokio::test]
async fn a_port_scan_that_the_firewall_logs_is_blocked_shortly_and_inbound_only() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let _sshd = Sshd::start(&host).await?;
        for rule in RULES {
            firewall::interfere(&host, rule).await?;
        }
        let more = "[sources.nflog]\ngroups = [5]\n";
        let agent = Agent::launch(&host, Settings { more, ..Settings::default() }).await?;
        agent
            .source_until("the group", |source| source.name == "nflog 5" && source.trouble.is_none())
            .await?;
        ensure!(scene.reaches(Site::A.v4, SSH_PORT).await?, "before");

        for port in PORTS {
            scene.reaches(Site::A.v4, port).await?;
        }

        agent.did("blocked", "203.0.113.7").await?;
        let attacker = Site::ATTACKER.v4.into();
        ensure!(firewall::holds(&host, "peers4", attacker).await?, "inbound only");
        ensure!(!firewall::holds(&host, "blocked4", attacker).await?, "whoever is named may be innocent");
        ensure!(!scene.reaches(Site::A.v4, SSH_PORT).await?);
        let block = agent.blocks().await?.pop().context("a block")?;
        let left = block.until.duration_since(Timestamp::now());
        ensure!(block.source == "local" && left < SignedDuration::from_hours(1), "{block:?}");
        let source = agent.source_until("packets", |source| source.name == "nflog 5").await?;
        ensure!(source.events > 0, "{source:?}");
        Ok(())
    })
    .await
}
