//! A network that is blocked on two words: each holds for as long as it was given.

use std::collections::BTreeSet;

use anyhow::ensure;
use sentinel_tests::lab::{LOG_PORT, LedgerKind, Site, firewall, unless_interrupted};

use crate::{knocking::Knocking, scene::Scene};

/// Where the attacker offers something that B wants.
const SERVICE: u16 = 4443;

#[tokio::test]
async fn when_this_sides_own_block_ends_a_peers_goes_on_and_nothing_slips_through() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let a = scene.router(&Site::A).await?;
        let mut agent_b = scene.onlooker(&Site::B).await?;
        let b = agent_b.host().clone();
        let _service = scene.attacker.listen(SERVICE).await?;
        scene.attack(&a).await?;
        agent_b.did("blocked", "203.0.113.7").await?;
        firewall::wait_until_held(&b, "peers4", Site::ATTACKER.v4.into()).await?;
        ensure!(b.can_connect(Site::ATTACKER.v4, SERVICE).await?, "answers pass on a peer's word");
        let knocking = Knocking::start(&scene.attacker, &b).await?;

        agent_b.command(&["blocks", "add", "203.0.113.7", "--for", "5s"]).await?;
        ensure!(!b.can_connect(Site::ATTACKER.v4, SERVICE).await?, "nothing passes on B's own word");
        agent_b
            .blocks_until(
                "only the peer's word",
                |blocks| matches!(blocks, [block] if block.source == "peer"),
            )
            .await?;

        firewall::wait_until_exactly(&b, "blocked4", &BTreeSet::new()).await?;
        ensure!(b.can_connect(Site::ATTACKER.v4, SERVICE).await?, "answers pass again");
        ensure!(!scene.reaches(Site::B.v4, LOG_PORT).await?, "what is uninvited does not");
        agent_b.stop().await?;
        agent_b.start().await?;
        ensure!(knocking.arrived() == 0, "{} packets slipped through", knocking.arrived());
        agent_b.command(&["blocks", "remove", "203.0.113.7"]).await?;
        knocking.arrives().await
    })
    .await
}
