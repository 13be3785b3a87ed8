//! The agent of a host: its config, its daemon and its command line.

mod account;
mod commands;
mod event;
mod listing;
mod settings;
mod surroundings;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use jiff::Timestamp;
use sentinel_agent::{domain::PeerKey, identity::Identity};
use tokio::time::sleep;

use super::{Host, Ledger, Process, binaries};
pub use event::Event;
pub use listing::ListedBlock;
pub use settings::{PORT, Settings};
use surroundings::Surroundings;

/// Time for a step that needs nobody else; generous, because two cores may build something besides.
const STEP: Duration = Duration::from_secs(60);

/// An agent on a host, configured; running or not.
pub struct Agent {
    host: Arc<Host>,
    config: PathBuf,
    peer: PeerKey,
    surroundings: Surroundings,
    observes: bool,
    daemon: Option<Process>,
}

impl Agent {
    /// Writes a config for `host` and draws an identity, with the agent's own command.
    ///
    /// # Errors
    /// When the agent was not built or refuses.
    pub async fn configure(host: &Arc<Host>, settings: Settings<'_>) -> anyhow::Result<Self> {
        let config = host.directory().join("sentinel.toml");
        fs::write(&config, settings.describe(host)?)
            .with_context(|| format!("writing {}", config.display()))?;
        let mut agent = Self {
            host: host.clone(),
            config,
            peer: PeerKey([0; 32]),
            surroundings: Surroundings::of(&settings),
            observes: false,
            daemon: None,
        };
        agent.command(&["keys", "init"]).await?;
        agent.peer = agent.identity()?.peer_key();
        Ok(agent)
    }

    /// Configures an agent, makes it a peer with karma 100 where there is a ledger, and starts it.
    ///
    /// # Errors
    /// When one of these fails.
    pub async fn launch(host: &Arc<Host>, settings: Settings<'_>) -> anyhow::Result<Self> {
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
    pub async fn join(&self, ledger: &Ledger, karma: u64) -> anyhow::Result<()> {
        ledger.fund(self.peer).await?;
        let founder = ledger.authority().display().to_string();
        self.command(&["network", "join", "--founder-key", &founder, "--karma", &karma.to_string()]).await?;
        Ok(())
    }

    /// Starts the daemon, after the end of one that was killed, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.ended().await?;
        let daemon = self.start_daemon().await?;
        let transcript = daemon.transcript().clone();
        self.daemon = Some(daemon);
        self.answers().await.with_context(|| format!("it said:\n{}", transcript.tail(15)))
    }

    /// Waits for the end of a daemon that was killed.
    ///
    /// # Errors
    /// When it goes on for a minute.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        if let Some(mut killed) = self.daemon.take() {
            killed.ended(STEP).await?;
        }
        Ok(())
    }

    /// From its next start on the daemon only observes.
    pub fn observe(&mut self) {
        self.observes = true;
    }

    /// Waits until a daemon answers.
    ///
    /// # Errors
    /// When none does within 10 s and what the asking takes.
    pub async fn answers(&self) -> anyhow::Result<()> {
        for _ in 0..200 {
            if self.command(&["status"]).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("the agent at {} does not answer", self.host.site.name)
    }

    /// Starts one more daemon with the same config, whatever becomes of it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub async fn start_daemon(&self) -> anyhow::Result<Process> {
        let mut command = self.surroundings.around(&binaries::built("sentinel-agent")?);
        self.tell(&mut command).args(["--log-format", "json", "run"]);
        command.args(self.observes.then_some("--observe"));
        Process::start(&self.host.namespace, command).await
    }

    /// Stops the daemon as systemd does.
    ///
    /// # Errors
    /// When it was not running, does not end in time or fails.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let daemon = self.take_daemon()?;
        let name = self.host.site.name;
        let transcript = daemon.transcript().clone();
        let status = daemon.stop().await.with_context(|| format!("stopping the agent at {name}"))?;
        if !status.success() {
            bail!("the agent at {name} ended with {status}; it said:\n{}", transcript.tail(15));
        }
        Ok(())
    }

    /// Ends the daemon between one instruction and the next, as a power cut does; [`Agent::start`] starts another.
    ///
    /// # Errors
    /// When it was not running.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.running()?.kill()
    }

    /// The running daemon.
    ///
    /// # Errors
    /// When it is not running.
    pub fn running(&self) -> anyhow::Result<&Process> {
        self.daemon.as_ref().with_context(|| format!("the agent at {} is not running", self.host.site.name))
    }

    fn take_daemon(&mut self) -> anyhow::Result<Process> {
        self.daemon.take().with_context(|| format!("the agent at {} is not running", self.host.site.name))
    }

    /// The host that it protects.
    #[must_use]
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The database in which it keeps its blocks.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.host.directory().join("state/state.db")
    }

    /// Where it writes which logs it found.
    #[must_use]
    pub fn found_logs(&self) -> PathBuf {
        self.host.directory().join("state/detected.toml")
    }

    /// The socket by which the command line reaches the daemon.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.host.directory().join("control.sock")
    }

    /// Writes a drop-in of its configuration, which a daemon that runs has yet to take.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn drop_in(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let folder = self.host.directory().join("conf.d");
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        fs::write(folder.join(name), text)
            .with_context(|| format!("writing {name} into {}", folder.display()))
    }

    /// Has the running daemon take changes of its configuration; gives what it says of that.
    ///
    /// # Errors
    /// When it is not running, or does not tell within a minute.
    pub async fn reload(&self) -> anyhow::Result<Event> {
        let asked = Timestamp::now();
        self.running()?.reload()?;
        self.wait_for("a reload", |line| {
            let event = Event::parse(&line.text).filter(|_| line.at >= asked)?;
            matches!(event.step.as_str(), "reloaded" | "reload-refused").then_some(event)
        })
        .await
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
}
