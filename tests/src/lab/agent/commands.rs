//! The agent's command line, at its host.

use std::path::Path;

use anyhow::{Context, bail};
use tokio::process::Command;

use super::{super::binaries, Agent};

impl Agent {
    /// Runs a command of the agent's command line at its host and gives what it prints.
    ///
    /// # Errors
    /// When the command fails.
    pub async fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(binaries::built("sentinel-agent")?);
        self.tell(&mut command).args(arguments);
        let asked = || format!("sentinel-agent {} at {}", arguments.join(" "), self.host.site.name);
        self.host.namespace.output(command).await.with_context(asked)
    }

    /// The same for a command that reads this file on its standard input.
    ///
    /// # Errors
    /// As [`Agent::command`].
    pub async fn command_reading(&self, file: &Path, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new("sh");
        command.args(["-c", "input=$1 && shift && exec \"$@\" <\"$input\"", "sh"]).arg(file);
        command.arg(binaries::built("sentinel-agent")?);
        self.tell(&mut command).args(arguments);
        self.host.namespace.output(command).await
    }

    /// Runs a command that goes on until Ctrl-C, on a terminal or in a pipe, presses that after so many seconds, and gives
    /// what it printed.
    ///
    /// # Errors
    /// When it fails, also because of Ctrl-C.
    pub async fn interrupted(
        &self,
        seconds: u32,
        on_terminal: bool,
        arguments: &[&str],
    ) -> anyhow::Result<String> {
        let limit = format!("{seconds}s");
        let mut ended = Command::new("timeout");
        ended.args(["--foreground", "--preserve-status", "--signal=INT", &limit]);
        ended.arg(binaries::built("sentinel-agent")?);
        self.tell(&mut ended).args(arguments);
        if !on_terminal {
            return self.host.namespace.output(ended).await;
        }
        let words = std::iter::once(ended.as_std().get_program()).chain(ended.as_std().get_args());
        let words: Vec<_> = words.map(|word| format!("'{}'", word.display())).collect();
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"]);
        self.host.namespace.output(script).await
    }

    /// Runs a command that has to fail, and gives its exit status and what it says about it.
    ///
    /// # Errors
    /// When it works.
    pub async fn refusal(&self, arguments: &[&str]) -> anyhow::Result<String> {
        match self.command(arguments).await {
            Ok(printed) => bail!("sentinel-agent {} did not fail: {printed}", arguments.join(" ")),
            Err(error) => Ok(format!("{error:#}")),
        }
    }

    /// Tells a command of the agent's where its config is, and nothing else.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env_remove("PEER_PRIVATE_KEY").env_remove("MY_PEER_URL");
        command.arg("--config").arg(&self.config)
    }
}
