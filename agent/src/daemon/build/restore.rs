//! The blocks, put into the kernel without a daemon: at boot, before there is a network.

use anyhow::Context;

use super::{
    super::{clock::Reading, core::element, protect::Guardian},
    core::{self, options},
};
use crate::{
    blocks::BlockSet,
    config::Settings,
    guard::Guard,
    kernel::{self, Element, Firewall},
    store::database::{self, Database},
};

/// Writes the blocks that are remembered into the kernel and leaves them there, however long the daemon takes to start.
/// Gives how many networks are dropped: none where no agent has run yet, or where it only observes.
///
/// # Errors
/// When the database cannot be opened, as while the daemon runs, or the kernel does not take all blocks.
pub async fn restore(settings: &Settings) -> anyhow::Result<usize> {
    let path = database::path_in(&settings.store.directory);
    let remembers = path.try_exists().with_context(|| format!("looking for {}", path.display()))?;
    if settings.block.observe || !remembers {
        return Ok(0);
    }
    let database = Database::open(&path)?;
    let (allowlist, names) = (database.allowlist().await?, database.names().await?);
    let guardian = Guardian::start(settings, allowlist, names, kernel::watch().await?);
    let guard = Guard::new(guardian.protected());
    let mut blocks = BlockSet::new(settings.block.peers);
    let (clock, let_go) = core::restore(&database, |network, reason| {
        // What follows for the kernel is written below, all at once.
        let _ = blocks.add(guard.check(network, reason.origin.class())?, reason);
        Ok(())
    })
    .await?;
    let now = clock.at(Reading::take());
    let elements: Vec<Element> = blocks.desired().filter_map(|change| element(&change, now)).collect();
    let passing = guard.passing();
    let mut firewall =
        Firewall::open(options(&settings.block), &passing).context("making the firewall table")?;
    firewall.replace(&elements, &passing).context("writing the blocks into the kernel")?;
    let_go.forget(&database).await;
    Ok(blocks.len())
}
