//! What the agent's command line lists.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use sentinel_agent::domain::SourceReport;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::sleep;

use super::Agent;

/// A block, as `blocks list --json` shows it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct ListedBlock {
    /// Whom it blocks.
    pub network: String,
    /// Whose word it goes by: `local`, `peer` or `manual`.
    pub source: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Agent {
    /// Its blocks, by its own account.
    ///
    /// # Errors
    /// When the command fails or prints something else.
    pub async fn blocks(&self) -> anyhow::Result<Vec<ListedBlock>> {
        self.list("blocks").await
    }

    /// Waits until its blocks, by its own account, are `satisfied`; gives them.
    ///
    /// # Errors
    /// As [`Agent::blocks`], and when they are not within 20 s.
    pub async fn blocks_until(
        &self,
        what: &str,
        satisfied: impl Fn(&[ListedBlock]) -> bool,
    ) -> anyhow::Result<Vec<ListedBlock>> {
        for _ in 0..200 {
            let blocks = self.blocks().await?;
            if satisfied(&blocks) {
                return Ok(blocks);
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("{what} at {}: not within 20 s, but {:?}", self.host.site.name, self.blocks().await?)
    }

    /// The networks that it blocks, sorted.
    ///
    /// # Errors
    /// As [`Agent::blocks`].
    pub async fn networks(&self) -> anyhow::Result<Vec<String>> {
        let mut networks: Vec<String> = self.blocks().await?.into_iter().map(|block| block.network).collect();
        networks.sort();
        Ok(networks)
    }

    /// The posts that it has seen, as `posts list --json` shows them.
    ///
    /// # Errors
    /// When the command fails or prints something else.
    pub async fn posts(&self) -> anyhow::Result<Vec<Value>> {
        self.list("posts").await
    }

    /// Waits until the posts that it has seen are `satisfied`.
    ///
    /// # Errors
    /// As [`Agent::posts`], and when they are not within 20 s.
    pub async fn posts_until(&self, what: &str, satisfied: impl Fn(&[Value]) -> bool) -> anyhow::Result<()> {
        for _ in 0..200 {
            if satisfied(&self.posts().await?) {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("{what} at {}: not within 20 s, but {:?}", self.host.site.name, self.posts().await?)
    }

    /// The logs that it reads, as `logs sources --json` shows them.
    ///
    /// # Errors
    /// When the command fails or prints something else.
    pub async fn sources(&self) -> anyhow::Result<Vec<SourceReport>> {
        let printed = self.command(&["logs", "sources", "--json"]).await?;
        read(&printed, "sources")
    }

    /// Waits until one of the logs that it reads is `satisfied`'s; gives it.
    ///
    /// # Errors
    /// As [`Agent::sources`], and when none is within 20 s.
    pub async fn source_until(
        &self,
        what: &str,
        satisfied: impl Fn(&SourceReport) -> bool,
    ) -> anyhow::Result<SourceReport> {
        for _ in 0..200 {
            if let Some(source) = self.sources().await?.into_iter().find(&satisfied) {
                return Ok(source);
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("{what} at {}: not within 20 s, but {:?}", self.host.site.name, self.sources().await?)
    }

    async fn list<T: DeserializeOwned>(&self, things: &str) -> anyhow::Result<Vec<T>> {
        let printed = self.command(&[things, "list", "--json"]).await?;
        read(&printed, things)
    }
}

fn read<T: DeserializeOwned>(printed: &str, things: &str) -> anyhow::Result<Vec<T>> {
    let mut read: Value = serde_json::from_str(printed).with_context(|| format!("reading {printed}"))?;
    serde_json::from_value(read[things].take()).with_context(|| format!("no list of {things}: {printed}"))
}
