//! Creating a network; that it is created, the tests on a real validator show, whose network comes that way.

use std::path::Path;

use anyhow::ensure;
use sentinel_agent::identity::Identity;
use sentinel_tests::lab::{Agent, Lab, LedgerKind, Settings, Site, unless_interrupted};

#[tokio::test]
async fn whose_authority_has_too_little_is_told_how_much_it_takes_and_where_to_send_it() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let lab = Lab::build()?;
        let ledger = lab.ledger(&LedgerKind::Dev).await?;
        let founder = Agent::configure(&lab.connect(&Site::A)?, Settings::default()).await?;
        let folder = tempfile::tempdir()?;
        let keys = folder.path().join("keys");
        let rpc = ledger.rpc_url();
        let create = ["network", "create", "--keys", path(&keys)?, "--rpc", &rpc];
        let refused = founder.refusal(&create).await?;
        let authority = Identity::load(&keys.join("authority.json"))?.peer_key();
        ensure!(refused.contains(&format!("send what is missing to {authority}")), "{refused}");
        ensure!(refused.contains("it takes 0.") && refused.contains("has 0.000"), "{refused}");
        let again = founder.refusal(&create).await?;
        ensure!(again.contains(&authority.to_string()), "the keys are kept: {again}");
        Ok(())
    })
    .await
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().ok_or_else(|| anyhow::anyhow!("{} is no text", path.display()))
}
