//! Somebody guesses passwords over ssh.

use std::{net::IpAddr, process::Stdio, time::Duration};

use anyhow::{Context, bail};
use tokio::{process::Command, time::timeout};

use super::Host;

/// Guesses at the most: twice the detector's threshold.
const MAX_ATTEMPTS: usize = 10;

/// A client that hangs because the connection died under it is given up after this.
const PATIENCE: Duration = Duration::from_secs(4);

/// Exit code of sshpass when it is asked for the password again; see sshpass(1).
const WRONG_PASSWORD: i32 = 5;

/// Exit code of ssh when there is no connection; see ssh(1).
const NO_CONNECTION: i32 = 255;

/// What came of one guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The server answered: wrong password.
    Denied,
    /// The server was not to be reached, or the connection died.
    ShutOut,
}

/// An attack to come.
#[derive(Clone, Debug)]
pub struct BruteForce {
    target: IpAddr,
    source: Option<IpAddr>,
    users: Vec<String>,
}

impl BruteForce {
    /// Guesses the passwords of accounts that are tried everywhere.
    #[must_use]
    pub fn against(target: impl Into<IpAddr>) -> Self {
        let users = ["root", "admin", "ubuntu", "oracle", "test"].map(str::to_owned).to_vec();
        Self { target: target.into(), source: None, users }
    }

    /// Comes from this address of the attacker instead of its first.
    #[must_use]
    pub fn from(mut self, source: impl Into<IpAddr>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Guesses the password of this account only.
    #[must_use]
    pub fn user(mut self, name: &str) -> Self {
        self.users = vec![name.to_owned()];
        self
    }

    /// Guesses until it is shut out, ten times at the most, and tells what came of each.
    ///
    /// # Errors
    /// When `ssh` or `sshpass` cannot be run, or fails in a way that is no answer of the server.
    pub async fn run(&self, attacker: &Host) -> anyhow::Result<Vec<Attempt>> {
        let mut attempts = Vec::new();
        for user in self.users.iter().cycle().take(MAX_ATTEMPTS) {
            attempts.push(self.guess(attacker, user).await.context("guessing a password over ssh")?);
            if attempts.ends_with(&[Attempt::ShutOut]) {
                break;
            }
        }
        Ok(attempts)
    }

    async fn guess(&self, attacker: &Host, user: &str) -> anyhow::Result<Attempt> {
        let mut command = Command::new("sshpass");
        command.args(["-p", "letmein", "ssh", "-F", "none", "-l", user]);
        command.args(self.source.iter().flat_map(|source| ["-b".to_owned(), source.to_string()]));
        for option in [
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "PubkeyAuthentication=no",
            "PreferredAuthentications=password",
            "ConnectTimeout=2",
        ] {
            command.args(["-o", option]);
        }
        command.arg(self.target.to_string()).arg("true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = attacker.namespace.spawn(command).await?;
        let Ok(output) = timeout(PATIENCE, child.wait_with_output()).await else {
            return Ok(Attempt::ShutOut);
        };
        let output = output.context("waiting for ssh")?;
        match output.status.code() {
            Some(WRONG_PASSWORD) => Ok(Attempt::Denied),
            Some(NO_CONNECTION) => Ok(Attempt::ShutOut),
            _ => bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()),
        }
    }
}
