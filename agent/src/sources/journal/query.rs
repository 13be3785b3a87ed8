//! The `journalctl` commands.

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time,
};

use super::{JournalSource, entry::Decoded};
use crate::sources::SourceError;

/// How long `journalctl` may look for one entry: a large journal on a slow disk takes its time.
const ANSWER: Duration = Duration::from_secs(60);

/// Which entries come: those after this one.
#[derive(Debug)]
pub(super) enum After {
    /// The one with this cursor.
    Entry(String),
    /// All of them.
    Nothing,
}

impl JournalSource {
    /// Starts the `journalctl` that writes every wanted entry as one line of JSON and goes on with new ones.
    pub(super) fn spawn(&self, after: &After) -> Result<Child, SourceError> {
        let mut command = self.journalctl();
        // Without --all, fields over 4 kB would be null.
        command.args(["--follow", "--no-tail", "--all", "--output-fields=MESSAGE,SYSLOG_IDENTIFIER"]);
        match after {
            After::Entry(cursor) => command.arg(format!("--after-cursor={cursor}")),
            // Following shows this boot only, unless it is told a time or a cursor.
            After::Nothing => command.arg("--since=@0"),
        };
        command.args(self.filter.units.iter().map(|unit| format!("--unit={unit}")));
        command.args(self.filter.identifiers.iter().map(|identifier| format!("--identifier={identifier}")));
        command.args(self.filter.uids.iter().map(|uid| format!("_UID={uid}")));
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
        command.args(["--quiet", "--no-pager", "--output=json"]);
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
        // It ends well though it may not read the journal, and only its complaint tells that from an empty one.
        let reason = String::from_utf8_lossy(&stderr).trim().to_owned();
        if !status.success() || (stdout.is_empty() && !reason.is_empty()) {
            return Err(SourceError::JournalctlEnded { status, reason });
        }
        if stdout.is_empty() {
            return Ok(None);
        }
        let decoded = Decoded::from_json(&stdout).map_err(|source| SourceError::DecodeJournal { source })?;
        Ok(Some(decoded.cursor))
    }
}
