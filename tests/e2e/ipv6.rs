//! An attacker that comes over IPv6 has a whole /64 to come from.

use std::net::Ipv6Addr;

use anyhow::ensure;
use sentinel_tests::lab::{
    Agent, Attempt, BruteForce, Lab, SSH_PORT, Settings, Site, Sshd, unless_interrupted,
};

/// Another address of the attacker, in the same /64.
const NEIGHBOUR: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xf, 0, 0, 0, 0, 8);

#[tokio::test]
async fn an_attack_over_ipv6_blocks_the_attackers_whole_64() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build().await?;
        let (a, attacker) = (lab.connect(&Site::A).await?, lab.connect(&Site::ATTACKER).await?);
        let sshd = Sshd::start(&a).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ..Settings::default() };
        let agent = Agent::launch(&a, settings).await?;

        let attempts = BruteForce::against(a.site.v6).run(&attacker).await?;

        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "{attempts:?}");
        agent.did("blocked", "2001:db8:f::/64").await?;
        ensure!(!attacker.can_connect(a.site.v6, SSH_PORT).await?);
        attacker.namespace.configure_network(&format!("address add {NEIGHBOUR}/64 dev eth0")).await?;
        let from_neighbour = BruteForce::against(a.site.v6).from(NEIGHBOUR).run(&attacker).await?;
        ensure!(from_neighbour == [Attempt::ShutOut], "{from_neighbour:?}");
        ensure!(attacker.can_connect(a.site.v4, SSH_PORT).await?, "who came over IPv6 is not known by IPv4");
        Ok(())
    })
    .await
}
