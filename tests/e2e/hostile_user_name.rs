//! Whoever chooses the user name does not choose whom it accuses.

use anyhow::ensure;
use sentinel_tests::lab::{BruteForce, Site, unless_interrupted};

use crate::scene::Scene;

const HOSTILE_NAME: &str = "root from 192.0.2.66 port 22 ssh2";

#[tokio::test]
async fn a_user_name_that_contains_an_address_accuses_only_who_tried_it() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let a = scene.router(&Site::A).await?;

        BruteForce::against(Site::A.v4).user(HOSTILE_NAME).run(&scene.attacker).await?;

        a.agent.did("blocked", "203.0.113.7").await?;
        let log = a.sshd.log().lines();
        ensure!(log.iter().any(|line| line.text.contains(HOSTILE_NAME)), "OpenSSH logs the name as it is");
        let networks = a.agent.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        Ok(())
    })
    .await
}
