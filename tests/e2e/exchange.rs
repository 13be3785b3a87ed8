//! What one agent exports, another one and the firewall itself can read.

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Settings, Site, nft, unless_interrupted};

use crate::scene::Scene;

const NETWORKS: [&str; 6] = [
    "198.18.0.0/15",
    "2001:db8:f::/64",
    "2001:db8:f::7/128",
    "203.0.113.0/28",
    "203.0.113.7/32",
    "203.0.113.8/32",
];
const PORT: u16 = 2222;

#[tokio::test]
async fn every_format_that_is_exported_is_imported_as_the_same_networks() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let (a, b) = (scene.lab.connect(&Site::A)?, scene.lab.connect(&Site::B)?);
        let from = Agent::launch(&a, Settings::default()).await?;
        let to = Agent::launch(&b, Settings::default()).await?;
        from.command(&[&["blocks", "add", "--for", "1d"], &NETWORKS[..]].concat()).await?;
        for format in ["plain", "cidr", "nft", "json", "csv"] {
            let file = a.directory().join(format).display().to_string();
            from.command(&["blocks", "export", "--format", format, "--output", &file]).await?;
            to.command(&["blocks", "import", &file]).await?;
            let networks = to.networks().await?;
            ensure!(networks == NETWORKS, "{format}: {networks:?}");
            to.command(&[&["blocks", "remove"], &NETWORKS[..]].concat()).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_exported_ruleset_drops_where_there_is_no_agent() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let (a, b) = (scene.lab.connect(&Site::A)?, scene.lab.connect(&Site::B)?);
        let agent = Agent::launch(&a, Settings::default()).await?;
        agent.command(&[&["blocks", "add"], &NETWORKS[..]].concat()).await?;
        let _service = b.listen(PORT).await?;
        ensure!(scene.reaches(Site::B.v4, PORT).await? && b.can_connect(Site::B.v4, PORT).await?);

        let ruleset = b.directory().join("ruleset.json").display().to_string();
        agent.command(&["blocks", "export", "--format", "nft", "--output", &ruleset]).await?;
        b.namespace.run_blocking(move || nft(&format!("-j -f {ruleset}"))).await??;

        ensure!(!scene.reaches(Site::B.v4, PORT).await?, "the attacker is shut out");
        ensure!(a.can_connect(Site::B.v4, PORT).await?, "others are not");
        Ok(())
    })
    .await
}
