//! Somebody sets the clock.

use std::time::Instant;

use anyhow::{Context, ensure};
use jiff::SignedDuration;
use sentinel_tests::lab::{Agent, FakeClock, Settings, Site, firewall, unless_interrupted};

use crate::scene::Scene;

/// Blocked for these many seconds.
const BLOCKS: [(&str, i64); 2] = [("203.0.113.7", 3600), ("203.0.113.8", 4 * 3600)];
/// What two programs that look one after the other may differ by, in seconds: more than they take on a busy machine, far
/// less than the clock is set by.
const SLACK: i64 = 30;

/// The blocks, who keeps them, and the clock on that host's wall.
struct Story {
    agent: Agent,
    clock: FakeClock,
    begun: Instant,
}

impl Story {
    /// List and kernel agree on what is left of every block, and it is what was left before.
    async fn all_last_as_they_were_to_last(&self) -> anyhow::Result<()> {
        let kernel = firewall::seconds_left(self.agent.host(), "blocked4").await?;
        let (blocks, now) = (self.agent.blocks().await?, self.clock.now()?);
        ensure!(blocks.len() == BLOCKS.len() && kernel.len() == BLOCKS.len(), "{blocks:?}, {kernel:?}");
        for (address, seconds) in BLOCKS {
            let left = seconds - i64::try_from(self.begun.elapsed().as_secs())?;
            let network = format!("{address}/32");
            let listed = blocks.iter().find(|block| block.network == network).context("a listed block")?;
            let listed = listed.until.duration_since(now).as_secs();
            let enforced = *kernel.get(&address.parse()?).context("a block in the kernel")?;
            for told in [listed, enforced] {
                ensure!(
                    (told - left).abs() < SLACK,
                    "{address}: {listed} s listed, {enforced} s in the kernel"
                );
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_clock_that_is_set_forth_and_back_neither_ends_nor_prolongs_a_block() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let clock = FakeClock::right(host.directory())?;
        let settings = Settings { clock: Some(&clock), ..Settings::default() };
        let agent = Agent::launch(&host, settings).await?;
        let begun = Instant::now();
        for (address, seconds) in BLOCKS {
            agent.command(&["blocks", "add", address, "--for", &format!("{seconds}s")]).await?;
        }
        let mut story = Story { agent, clock, begun };
        for days in [3, -3, 0] {
            story.clock.set(SignedDuration::from_hours(24 * days))?;
            story.agent.said("the clock was set by").await?;
            story.all_last_as_they_were_to_last().await?;
            story.agent.stop().await?;
            story.agent.start().await?;
            story.all_last_as_they_were_to_last().await.context("after a restart")?;
        }
        story.agent.stop().await?;
        story.clock.set(SignedDuration::from_hours(-24))?;
        story.agent.start().await?;
        story.agent.said("the clock was set by").await?;
        story.all_last_as_they_were_to_last().await.context("set back while the agent was away")?;
        Ok(())
    })
    .await
}
