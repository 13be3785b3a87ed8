//! A peer whose log cannot be fetched holds up nobody else's.

use std::time::Duration;

use anyhow::ensure;
use jiff::Timestamp;
use sentinel_tests::lab::{Agent, BruteForce, Lab, LedgerKind, Settings, Site, Sshd, unless_interrupted};

/// Where packets get lost, so that a download from there takes its full 30 s to fail.
const NOWHERE: &str = "198.51.100.200/30";
const UNREACHABLE_URL: &str = "https://198.51.100.202:9000";

/// Well below the time after which a download is given up.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_peer_that_cannot_be_reached_holds_up_no_other_post() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build().await?;
        lab.lose_packets_to(NOWHERE).await?;
        let (a, b, c) =
            (lab.connect(&Site::A).await?, lab.connect(&Site::B).await?, lab.connect(&Site::C).await?);
        let attacker = lab.connect(&Site::ATTACKER).await?;
        let ledger = lab.ledger(&LedgerKind::Dev).await?;
        let (sshd_a, sshd_c) = (Sshd::start(&a).await?, Sshd::start(&c).await?);
        let shared = Settings { ledger: Some(&ledger), ..Settings::default() };
        let _agent_a = Agent::launch(&a, Settings { log_file: Some(sshd_a.log_file()), ..shared }).await?;
        let agent_b = Agent::launch(&b, shared).await?;
        let unreachable = Settings { public_url: Some(UNREACHABLE_URL), ..shared };
        let agent_c =
            Agent::launch(&c, Settings { log_file: Some(sshd_c.log_file()), ..unreachable }).await?;

        BruteForce::against(c.site.v4).from(attacker.site.more_v4[0]).run(&attacker).await?;
        agent_c.did("posted", "203.0.113.8").await?;
        agent_b.did("seen", "203.0.113.8").await?;
        BruteForce::against(a.site.v4).from(attacker.site.v4).run(&attacker).await?;
        let attacked = Timestamp::now();

        let blocked = agent_b.did("blocked", "203.0.113.7").await?;
        let took = Duration::try_from(blocked.at.duration_since(attacked)).unwrap_or_default();
        ensure!(took < SOON, "A's post had to wait for C's: {took:?}");
        let networks: Vec<_> = agent_b.blocks().await?.into_iter().map(|block| block.network).collect();
        ensure!(networks == ["203.0.113.7/32"], "what could not be fetched blocks nobody: {networks:?}");
        Ok(())
    })
    .await
}
