//! An attacker that comes over IPv6 has a whole /64 to come from.

use std::net::Ipv6Addr;

use anyhow::ensure;
use sentinel_tests::lab::{Attempt, BruteForce, SSH_PORT, Site, unless_interrupted};

use crate::scene::Scene;

/// Another address of the attacker, in the same /64.
const NEIGHBOUR: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xf, 0, 0, 0, 0, 8);

#[tokio::test]
async fn an_attack_over_ipv6_blocks_the_attackers_whole_64() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let a = scene.router(&Site::A).await?;
        let attack = BruteForce::against(Site::A.v6);

        let attempts = attack.run(&scene.attacker).await?;

        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "{attempts:?}");
        a.agent.did("blocked", "2001:db8:f::/64").await?;
        ensure!(!scene.reaches(Site::A.v6, SSH_PORT).await?);
        scene.attacker.namespace.ip(&format!("address add {NEIGHBOUR}/64 dev eth0"))?;
        let from_neighbour = attack.from(NEIGHBOUR).run(&scene.attacker).await?;
        ensure!(from_neighbour == [Attempt::ShutOut], "{from_neighbour:?}");
        ensure!(scene.reaches(Site::A.v4, SSH_PORT).await?, "who came over IPv6 is not known by IPv4");
        Ok(())
    })
    .await
}
