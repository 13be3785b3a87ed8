//! Whoever chooses the user name does not choose whom it accuses.

use anyhow::ensure;
use sentinel_tests::lab::{Agent, BruteForce, Lab, Settings, Site, Sshd, unless_interrupted};

const HOSTILE_NAME: &str = "root from 192.0.2.66 port 22 ssh2";

#[tokio::test]
async fn a_user_name_that_contains_an_address_accuses_only_who_tried_it() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build().await?;
        let (a, attacker) = (lab.connect(&Site::A).await?, lab.connect(&Site::ATTACKER).await?);
        let sshd = Sshd::start(&a).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ..Settings::default() };
        let agent = Agent::launch(&a, settings).await?;

        BruteForce::against(a.site.v4).user(HOSTILE_NAME).run(&attacker).await?;

        agent.did("blocked", "203.0.113.7").await?;
        let log = sshd.log().lines();
        ensure!(log.iter().any(|line| line.text.contains(HOSTILE_NAME)), "OpenSSH logs the name as it is");
        let networks: Vec<_> = agent.blocks().await?.into_iter().map(|block| block.network).collect();
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        Ok(())
    })
    .await
}
