//! While the daemon is down, the kernel goes on dropping and can be asked.

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Settings, Site, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn without_the_daemon_blocks_are_listed_and_exported_as_the_kernel_has_them() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let mut agent = Agent::launch(&host, Settings::default()).await?;
        let networks = ["192.0.2.0/27", "2001:db8:f::/48", "203.0.113.7/32"];
        agent.command(&[&["blocks", "add"], &networks[..]].concat()).await?;
        let before = agent.blocks().await?;
        agent.kill()?;
        agent.ended().await?;

        let listed = agent.command(&["blocks", "list"]).await?;
        let exported = agent.command(&["blocks", "export", "--format", "cidr"]).await?;
        for block in before {
            ensure!(
                listed.contains(&block.network) && exported.contains(&block.network),
                "{listed}{exported}"
            );
        }
        ensure!(listed.lines().count() == networks.len(), "{listed}");
        let refused = agent.refusal(&["blocks", "add", "203.0.113.8"]).await?;
        ensure!(refused.contains("exit status: 3"), "{refused}");
        Ok(())
    })
    .await
}
