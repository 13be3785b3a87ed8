//! The `journalctl` commands.

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time,
};

use super::{JournalSource, export::Entries};
use crate::sources::SourceError;

/// How long `journalctl` may look for one entry: a large journal on a slow disk takes its time.
const ANSWER: Duration = Duration::from_secs(60);

/// Which entries a `journalctl` writes before it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All that there are, of every boot.
    UntilNow,
    /// Those of the present boot, and new ones without end.
    PresentBoot(Boot),
}

/// A boot by its number in the journal; without one, the journal is empty.
///
/// `--follow` implies `--boot`, and that means what `/proc` says, which in a container that has a `/proc` of its own for
/// each service is another boot than journald notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Boot(Option<String>);

impl Boot {
    /// The boot of the entry with this cursor.
    pub(super) fn of(cursor: &str) -> Self {
        Self(cursor.split(';').find_map(|part| part.strip_prefix("b=")).map(str::to_owned))
    }
}

impl JournalSource {
    /// Starts the `journalctl` that writes every wanted entry beginning with the one that
    /// has this cursor, if it is wanted; with the first one when there is no cursor.
    pub(super) fn spawn(&self, cursor: Option<&str>, extent: &Extent) -> Result<Child, SourceError> {
        let mut command = self.journalctl();
        command.args(["--no-tail", "--output-fields=MESSAGE,SYSLOG_IDENTIFIER"]);
        if let Extent::PresentBoot(Boot(number)) = extent {
            command.arg("--follow");
            command.args(number.iter().map(|number| format!("--boot={number}")));
        }
        // Not --after-cursor, which before systemd 255 swallows the first wanted entry when the one with the
        // cursor is not a wanted one (systemd issue 30288).
        command.args(cursor.map(|cursor| format!("--cursor={cursor}")));
        command.args(self.filter.matches());
        command.spawn().map_err(|source| SourceError::StartJournalctl { source })
    }

    /// The cursor of the journal's newest entry, wanted or not. `None` when the journal is empty.
    pub(super) async fn newest(&self) -> Result<Option<String>, SourceError> {
        self.one_entry(self.journalctl().arg("--lines=1")).await
    }

    /// Whether the entry with this cursor is in the journal.
    pub(super) async fn holds(&self, cursor: &str) -> Result<bool, SourceError> {
        let mut command = self.journalctl();
        command.args(["--lines=1", &format!("--cursor={cursor}")]);
        match self.one_entry(&mut command).await {
            // It shows the nearest entry when there is not that one.
            Ok(found) => Ok(found.as_deref() == Some(cursor)),
            Err(SourceError::JournalctlEnded { reason, .. }) if reason.contains("cursor") => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn journalctl(&self) -> Command {
        let mut command = Command::new("journalctl");
        command.args(["--quiet", "--no-pager", "--output=export"]);
        command.args(self.directory.iter().map(|directory| format!("--directory={}", directory.display())));
        command
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command that shows at most one entry; returns its cursor.
    async fn one_entry(&self, command: &mut Command) -> Result<Option<String>, SourceError> {
        let output = command.arg("--output-fields=SYSLOG_IDENTIFIER").output();
        let Output { status, stdout, stderr } = time::timeout(ANSWER, output)
            .await
            .map_err(|_| SourceError::JournalctlHangs { seconds: ANSWER.as_secs() })?
            .map_err(|source| SourceError::StartJournalctl { source })?;
        if stdout.is_empty() {
            // Its exit status does not tell an empty journal from one that it may not read; its complaint does.
            let reason = String::from_utf8_lossy(&stderr).trim().to_owned();
            return if reason.is_empty() {
                Ok(None)
            } else {
                Err(SourceError::JournalctlEnded { status, reason })
            };
        }
        let mut cursor = None;
        Entries::default()
            .push(&stdout, |entry| cursor = Some(entry.cursor))
            .map_err(|source| SourceError::DecodeJournal { source })?;
        Ok(cursor)
    }
}
