//! The lab is what the other tests take it for.

use anyhow::ensure;
use sentinel_tests::lab::{Attempt, BruteForce, Lab, SSH_PORT, Site, Sshd, unless_interrupted};

#[tokio::test]
async fn without_an_agent_an_attacker_goes_on_and_openssh_logs_every_wrong_password() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build()?;
        let (a, attacker) = (lab.connect(&Site::A)?, lab.connect(&Site::ATTACKER)?);
        let sshd = Sshd::start(&a).await?;
        let attempts = BruteForce::against(a.site.v4).run(&attacker).await?;
        ensure!(attempts == [Attempt::Denied; 10], "{attempts:?}");
        let log = sshd.log().lines();
        let failed = log.iter().filter(|line| line.text.starts_with("Failed password for"));
        let from_attacker = failed.filter(|line| line.text.contains(" from 203.0.113.7 port "));
        ensure!(from_attacker.count() == 10, "{}", sshd.log().tail(50));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_host_reaches_every_other_over_both_protocols_and_by_each_of_its_addresses()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build()?;
        let (a, b, attacker) =
            (lab.connect(&Site::A)?, lab.connect(&Site::B)?, lab.connect(&Site::ATTACKER)?);
        let _sshd = Sshd::start(&a).await?;
        for host in [&b, &attacker] {
            ensure!(host.can_connect(a.site.v4, SSH_PORT).await?, "{} over IPv4", host.site.name);
            ensure!(host.can_connect(a.site.v6, SSH_PORT).await?, "{} over IPv6", host.site.name);
            ensure!(!host.can_connect(a.site.v4, SSH_PORT + 1).await?, "nobody listens there");
        }
        let other = BruteForce::against(a.site.v4).from(attacker.site.more_v4[0]);
        ensure!(other.run(&attacker).await?.contains(&Attempt::Denied));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_labs_do_not_know_of_each_other_and_leave_nothing_behind() -> anyhow::Result<()> {
    unless_interrupted(async {
        let (one, two) = (Lab::build()?, Lab::build()?);
        let (a, other_a) = (one.connect(&Site::A)?, two.connect(&Site::A)?);
        let attacker = two.connect(&Site::ATTACKER)?;
        let sshd = Sshd::start(&a).await?;
        ensure!(!attacker.can_connect(a.site.v4, SSH_PORT).await?);
        let log = sshd.log_file().to_owned();
        let path = a.namespace.path();
        let namespace = std::fs::read_link(&path)?;
        ensure!(log.exists());
        drop((sshd, a, other_a, attacker, one, two));
        // Other tests may have opened something else under that number meanwhile.
        ensure!(!log.exists() && std::fs::read_link(&path).ok() != Some(namespace));
        Ok(())
    })
    .await
}
