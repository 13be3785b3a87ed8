//! The agent of a host: its config, its daemon and its command line.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use jiff::Timestamp;
use sentinel_agent::{domain::PeerKey, identity::Identity};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::{process::Command, time::sleep};

use super::{Host, Ledger, Line, Process, binaries};

/// The port on which agents serve their logs.
pub const PORT: u16 = 9000;

/// Time for a step that needs nobody else; generous, because two cores may build something besides.
const STEP: Duration = Duration::from_secs(60);

/// What an agent is told beyond the defaults.
#[derive(Clone, Copy, Default)]
pub struct Settings<'a> {
    /// A log file to follow.
    pub log_file: Option<&'a Path>,
    /// Where to post and what to follow; standalone without.
    pub ledger: Option<&'a Ledger<'a>>,
    /// Where it says that it serves its logs, when that is not true.
    pub public_url: Option<&'a str>,
}

/// Something that the agent says it did.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, by the agent's own clock.
    pub at: Timestamp,
    /// Which step of the path from log line to kernel.
    pub step: String,
    /// What happened, in words.
    pub message: String,
    /// To whom and by what.
    pub fields: Map<String, Value>,
}

impl Event {
    /// Reads a log line of the agent (`--log-format json`), when it is a step.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Written {
            timestamp: Timestamp,
            fields: Fields,
        }
        #[derive(Deserialize)]
        struct Fields {
            step: String,
            message: String,
            #[serde(flatten)]
            others: Map<String, Value>,
        }
        let Written { timestamp, fields } = serde_json::from_str(line).ok()?;
        Some(Self { at: timestamp, step: fields.step, message: fields.message, fields: fields.others })
    }

    fn concerns(&self, network: &str) -> bool {
        self.fields.get("network").is_none_or(|named| {
            named.as_str().is_some_and(|named| named.split('/').next() == network.split('/').next())
        })
    }
}

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

/// An agent on a host, configured; running or not.
pub struct Agent<'lab> {
    host: &'lab Host,
    config: PathBuf,
    peer: PeerKey,
    daemon: Option<Process>,
}

impl<'lab> Agent<'lab> {
    /// Writes a config for `host` and draws an identity, with the agent's own command.
    ///
    /// # Errors
    /// When the agent was not built or refuses.
    pub async fn configure(host: &'lab Host, settings: Settings<'_>) -> anyhow::Result<Self> {
        let folder = host.directory();
        let config = folder.join("sentinel.toml");
        fs::write(&config, describe(host, settings)?)
            .with_context(|| format!("writing {}", config.display()))?;
        let mut agent = Self { host, config, peer: PeerKey([0; 32]), daemon: None };
        agent.command(&["keys", "init"]).await?;
        agent.peer = agent.identity()?.peer_key();
        Ok(agent)
    }

    /// Configures an agent, makes it a peer with karma 100 where there is a ledger, and starts it.
    ///
    /// # Errors
    /// When one of these fails.
    pub async fn launch(host: &'lab Host, settings: Settings<'_>) -> anyhow::Result<Self> {
        let mut agent = Self::configure(host, settings).await?;
        if let Some(ledger) = settings.ledger {
            agent.join(ledger, 100).await?;
        }
        agent.start().await?;
        Ok(agent)
    }

    /// Makes the agent a peer with `karma`, by the word of the network's authority.
    ///
    /// # Errors
    /// When the ledger refuses.
    pub async fn join(&self, ledger: &Ledger<'_>, karma: u64) -> anyhow::Result<()> {
        ledger.fund(self.peer).await?;
        let founder = ledger.authority().display().to_string();
        self.command(&["network", "join", "--founder-key", &founder, "--karma", &karma.to_string()]).await?;
        Ok(())
    }

    /// Starts the daemon and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let mut command = self.program()?;
        command.args(["--log-format", "json", "run"]);
        let daemon = Process::start(&self.host.namespace, command).await?;
        let transcript = daemon.transcript().clone();
        self.daemon = Some(daemon);
        for _ in 0..200 {
            if self.command(&["status"]).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("the agent at {} does not answer; it said:\n{}", self.host.site.name, transcript.tail(15))
    }

    /// Stops the daemon as systemd does.
    ///
    /// # Errors
    /// When it was not running, does not end in time or fails.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let name = self.host.site.name;
        let daemon = self.daemon.take().with_context(|| format!("the agent at {name} is not running"))?;
        let transcript = daemon.transcript().clone();
        let status = daemon.stop().await.with_context(|| format!("stopping the agent at {name}"))?;
        if !status.success() {
            bail!("the agent at {name} ended with {status}; it said:\n{}", transcript.tail(15));
        }
        Ok(())
    }

    /// Runs a command of the agent's command line at its host and gives what it prints.
    ///
    /// # Errors
    /// When the command fails.
    pub async fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.program()?;
        command.args(arguments);
        let asked = || format!("sentinel-agent {} at {}", arguments.join(" "), self.host.site.name);
        self.host.namespace.output(command).await.with_context(asked)
    }

    /// Its blocks, by its own account.
    ///
    /// # Errors
    /// When the command fails or prints something else.
    pub async fn blocks(&self) -> anyhow::Result<Vec<ListedBlock>> {
        #[derive(Deserialize)]
        struct List {
            blocks: Vec<ListedBlock>,
        }
        let printed = self.command(&["blocks", "list", "--json"]).await?;
        let list: List = serde_json::from_str(&printed).with_context(|| format!("reading {printed}"))?;
        Ok(list.blocks)
    }

    /// Waits until the daemon has done `step` with `network` (an address will do), and tells how.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn did(&self, step: &str, network: &str) -> anyhow::Result<Event> {
        let name = self.host.site.name;
        let what = format!("the step \"{step}\" for {network} at {name}");
        let wanted = |line: &Line| {
            Event::parse(&line.text).filter(|event| event.step == step && event.concerns(network))
        };
        self.running()?.transcript().wait_for(&what, STEP, wanted).await
    }

    /// Waits until the daemon has given a post up for this reason.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn failed_because(&self, reason: &str) -> anyhow::Result<Event> {
        let what = format!("a post at {} that fails since {reason}", self.host.site.name);
        let wanted = |line: &Line| {
            Event::parse(&line.text).filter(|event| event.step == "failed" && event.message.contains(reason))
        };
        self.running()?.transcript().wait_for(&what, STEP, wanted).await
    }

    /// Waits until the daemon has said this.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn said(&self, words: &str) -> anyhow::Result<()> {
        let what = format!("the words \"{words}\" at {}", self.host.site.name);
        let wanted = |line: &Line| line.text.contains(words).then_some(());
        self.running()?.transcript().wait_for(&what, STEP, wanted).await
    }

    /// All steps of the running daemon so far.
    ///
    /// # Errors
    /// When it is not running.
    pub fn steps(&self) -> anyhow::Result<Vec<Event>> {
        let lines = self.running()?.transcript().lines();
        Ok(lines.iter().filter_map(|line| Event::parse(&line.text)).collect())
    }

    /// The running daemon.
    ///
    /// # Errors
    /// When it is not running.
    pub fn running(&self) -> anyhow::Result<&Process> {
        self.daemon.as_ref().with_context(|| format!("the agent at {} is not running", self.host.site.name))
    }

    /// The host that it protects.
    #[must_use]
    pub fn host(&self) -> &'lab Host {
        self.host
    }

    /// Its key pair.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub fn identity(&self) -> anyhow::Result<Identity> {
        Ok(Identity::load(&self.host.directory().join("identity.json"))?)
    }

    /// Its address on the ledger.
    #[must_use]
    pub fn peer(&self) -> PeerKey {
        self.peer
    }

    fn program(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(binaries::built("sentinel-agent")?);
        command.env_remove("PEER_PRIVATE_KEY").env_remove("MY_PEER_URL");
        command.arg("--config").arg(&self.config);
        Ok(command)
    }
}

fn describe(host: &Host, settings: Settings<'_>) -> anyhow::Result<String> {
    let folder = host.directory().display();
    let files: Vec<String> = settings.log_file.iter().map(|path| path.display().to_string()).collect();
    let own_url = format!("https://{}:{PORT}", host.site.v4);
    let public_url = settings.public_url.unwrap_or(&own_url);
    let publish = settings.ledger.is_some();
    let mut config = format!(
        "[identity]\nkey_file = \"{folder}/identity.json\"\n\
         [store]\ndirectory = \"{folder}/state\"\n\
         [control]\nsocket = \"{folder}/control.sock\"\n\
         [sources]\nauto = false\nfiles = {files:?}\n[sources.journald]\nenabled = false\n\
         [share]\npublish = {publish}\n\
         [serve]\nlisten = [\"[::]:{PORT}\"]\npublic_url = \"{public_url}\"\n"
    );
    if let Some(ledger) = settings.ledger {
        write!(
            config,
            "[ledger]\nrpc = \"{}\"\nwebsocket = \"{}\"\nprogram = \"{}\"\n",
            ledger.rpc_url(),
            ledger.websocket_url(),
            ledger.program()
        )?;
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKED: &str = r#"{"timestamp":"2026-11-23T02:00:30.123456Z","level":"INFO","fields":
        {"message":"drops 203.0.113.7/32","step":"blocked","network":"203.0.113.7/32"}}"#;

    #[test]
    fn a_step_keeps_its_time_and_what_it_was_about() {
        let event = Event::parse(BLOCKED).unwrap();
        assert_eq!(event.at, "2026-11-23T02:00:30.123456Z".parse().unwrap());
        assert_eq!((event.step.as_str(), event.message.as_str()), ("blocked", "drops 203.0.113.7/32"));
        assert!(event.concerns("203.0.113.7") && !event.concerns("203.0.113.70"));
    }

    #[test]
    fn other_lines_are_no_steps() {
        assert!(Event::parse("thread 'main' panicked").is_none());
        assert!(Event::parse(&BLOCKED.replace("\"step\":\"blocked\",", "")).is_none());
    }
}
