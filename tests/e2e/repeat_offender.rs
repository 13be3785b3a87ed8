//! Who attacks again is blocked for longer.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use jiff::SignedDuration;
use sentinel_tests::lab::{Agent, ListedBlock, Settings, Site, unless_interrupted};

use crate::scene::Scene;

const RULES: &str = "[block]\nduration = \"2s\"\ngrowth = 60\n";
const SECOND: SignedDuration = SignedDuration::from_mins(2);
/// Blocks begin when the last line was read and end by when it was written.
const SLACK: SignedDuration = SignedDuration::from_secs(1);

/// An agent, and the log that it follows.
struct Story {
    agent: Agent,
    log: PathBuf,
}

impl Story {
    /// As OpenSSH logs the guesses that make an attacker, neither more nor fewer; gives the block that they bring.
    async fn attack_from(&self, address: &str) -> anyhow::Result<ListedBlock> {
        let line = format!("Failed password for root from {address} port 40000 ssh2\n");
        append(&self.log, &line.repeat(5))?;
        let network = format!("{address}/32");
        let is_it = |block: &&ListedBlock| block.network == network;
        let is_there = |blocks: &[ListedBlock]| blocks.iter().any(|block| is_it(&block));
        let blocks = self.agent.blocks_until(&network, is_there).await?;
        blocks.iter().find(is_it).cloned().context("the block")
    }
}

fn append(log: &Path, lines: &str) -> anyhow::Result<()> {
    let written = File::options()
        .append(true)
        .create(true)
        .open(log)
        .and_then(|mut log| log.write_all(lines.as_bytes()));
    written.with_context(|| format!("writing to {}", log.display()))
}

/// How long it is blocked in all.
fn length(block: &ListedBlock) -> SignedDuration {
    block.until.duration_since(block.since)
}

#[tokio::test]
async fn who_attacks_again_after_a_block_is_blocked_for_longer_after_a_restart_too() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let log = host.directory().join("auth.log");
        append(&log, "")?;
        let settings = Settings { log_file: Some(&log), more: RULES, ..Settings::default() };
        let agent = Agent::launch(&host, settings).await?;
        let mut story = Story { agent, log: log.clone() };
        for address in ["203.0.113.7", "203.0.113.8"] {
            let first = story.attack_from(address).await?;
            ensure!(length(&first) < SECOND - SLACK, "{first:?}");
        }
        story.agent.blocks_until("both blocks have ended", <[_]>::is_empty).await?;

        let again = story.attack_from("203.0.113.7").await?;
        story.agent.stop().await?;
        story.agent.start().await?;
        let after_restart = story.attack_from("203.0.113.8").await?;
        for block in [again, after_restart] {
            ensure!(length(&block) + SLACK > SECOND, "{block:?}");
        }
        Ok(())
    })
    .await
}
