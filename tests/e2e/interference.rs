//! Whatever other programs do to the firewall, blocks stay in force or are so again at once.

use anyhow::ensure;
use sentinel_tests::lab::{SSH_PORT, Site, firewall, unless_interrupted};

use crate::scene::Scene;

/// What somebody might run who does not know the agent.
const ACTS: [&str; 5] = [
    "flush ruleset",
    "delete table inet sentinel",
    "flush table inet sentinel",
    "flush set inet sentinel blocked4",
    "delete element inet sentinel blocked4 { 203.0.113.7 }",
];

#[tokio::test]
async fn what_another_program_takes_out_of_the_kernel_does_not_stay_out() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let a = scene.router(&Site::A).await?;
        a.agent.command(&["blocks", "add", "203.0.113.7"]).await?;
        for act in ACTS {
            // Kernels since 6.9 keep others off the agent's table; on older ones this does it.
            let _refused = firewall::interfere(&a.host, act).await;
            firewall::wait_until_held(&a.host, "blocked4", Site::ATTACKER.v4.into()).await?;
            ensure!(!scene.reaches(Site::A.v4, SSH_PORT).await?, "blocked after `nft {act}`");
        }
        ensure!(a.agent.networks().await? == ["203.0.113.7/32"]);
        Ok(())
    })
    .await
}
