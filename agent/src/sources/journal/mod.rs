//! Following the systemd journal through `journalctl`.
//!
//! Why a child process, and not the files themselves: `journalctl` ships with the journal it reads, so it knows
//! whatever format, compression (XZ, LZ4, Zstandard) and sealing that version writes, and finds its way through
//! rotation, several boots and half-written files. A reader of our own would carry all that in the process that holds
//! the firewall, and libsystemd is a library that the agent otherwise does without. The child runs without the agent's
//! privileges being of any use to it, dies with the agent, and is started anew behind the last entry when it fails. Its
//! filter ([`JournalFilter`]) is evaluated on the journal's index, so entries that nobody wants cost next to nothing.

mod export;
mod filter;
mod query;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, path::PathBuf, pin::pin, process::ExitStatus, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::ChildStderr,
    time,
};

pub use self::{export::NotExport, filter::JournalFilter};
use self::{
    export::{Content as Said, Entries},
    query::{Boot, Extent},
};
use super::{Content, LONGEST_PAUSE, Outlet, Position, Skipped, SourceError, Start, lines::LineSplitter};
use crate::backoff::Backoff;

/// The bytes of one read from `journalctl`.
const READ: usize = 64 * 1024;

/// How long `journalctl` must have run for its troubles to be over.
const SETTLED: Duration = Duration::from_secs(3);

/// Which journal to follow, and what of it.
#[derive(Clone, Debug, Default)]
pub struct JournalSource {
    /// What of it.
    pub filter: JournalFilter,
    /// Where to begin without a position.
    pub start: Start,
    /// The directory of the journal files; the system's own journal when `None`.
    pub directory: Option<PathBuf>,
}

/// Follows the journal from `resume` on when given, until the receiver of the batches is gone.
///
/// When the journal does not hold the position any more (vacuumed away), it goes on from now and says so.
pub async fn follow_journal(source: JournalSource, resume: Option<Position>, outlet: Outlet) {
    let cursor = match resume {
        Some(Position::Journal { cursor }) => Some(cursor),
        Some(Position::File(_)) | None => None,
    };
    let mut reader = Reader { source, cursor, backoff: Backoff::up_to(LONGEST_PAUSE) };
    loop {
        let failed = tokio::select! {
            Err(error) = reader.follow(&outlet) => error,
            () = outlet.closed() => return,
        };
        outlet.failed(failed);
        tokio::select! {
            () = time::sleep(reader.backoff.pause()) => (),
            () = outlet.closed() => return,
        }
    }
}

/// What outlives one run of `journalctl`.
struct Reader {
    source: JournalSource,
    cursor: Option<String>,
    backoff: Backoff,
}

impl Reader {
    /// Delivers what was logged meanwhile, then what is being logged, until `journalctl` fails.
    async fn follow(&mut self, outlet: &Outlet) -> Result<Infallible, SourceError> {
        self.place(outlet).await?;
        let (status, reason) = self.run(Extent::UntilNow, outlet).await?;
        if status.success() || reason.is_empty() {
            let newest = self.source.newest().await?;
            let boot = newest.as_deref().map(Boot::of).unwrap_or_default();
            let (status, reason) = self.run(Extent::PresentBoot(boot), outlet).await?;
            return Err(SourceError::JournalctlEnded { status, reason });
        }
        Err(SourceError::JournalctlEnded { status, reason })
    }

    /// Finds where to go on. A position that the journal does not know is given up for its newest entry.
    async fn place(&mut self, outlet: &Outlet) -> Result<(), SourceError> {
        if let Some(cursor) = &self.cursor {
            if self.source.holds(cursor).await? {
                return Ok(());
            }
            outlet.warn("the journal no longer holds the entry that was read last: going on from now");
        } else if self.source.start == Start::Beginning {
            return Ok(());
        }
        self.cursor = self.source.newest().await?;
        match &self.cursor {
            Some(cursor) => {
                let position = Position::Journal { cursor: cursor.clone() };
                outlet.send(Content::Messages(Vec::new()), position).await
            }
            // The journal is empty: whatever comes is new, also when journalctl must be started again for it.
            None => {
                self.source.start = Start::Beginning;
                Ok(())
            }
        }
    }

    /// Delivers what one `journalctl` writes; returns how it ended and its last complaint.
    async fn run(&mut self, extent: Extent, outlet: &Outlet) -> Result<(ExitStatus, String), SourceError> {
        let mut child = self.source.spawn(self.cursor.as_deref(), &extent)?;
        let mut complaints = Complaints::of(child.stderr.take());
        let mut entries = Entries::default();
        let mut buffer = vec![0; READ];
        let mut settled = pin!(time::sleep(SETTLED));
        let mut is_settled = false;
        loop {
            tokio::select! {
                length = read(&mut child.stdout, &mut buffer) => match length? {
                    0 => break,
                    length => self.deliver(&mut entries, &buffer[..length], outlet).await?,
                },
                () = complaints.hear(), if complaints.is_open() => (),
                () = &mut settled, if !is_settled => {
                    is_settled = true;
                    self.backoff.reset();
                    outlet.recovered();
                }
            }
        }
        while complaints.is_open() {
            complaints.hear().await;
        }
        let status = child.wait().await.map_err(|source| SourceError::ReadJournal { source })?;
        Ok((status, complaints.last))
    }

    /// Sends the entries that these bytes complete.
    async fn deliver(
        &mut self,
        entries: &mut Entries,
        bytes: &[u8],
        outlet: &Outlet,
    ) -> Result<(), SourceError> {
        let mut messages = Vec::new();
        let mut skipped = Skipped::default();
        let mut cursor = None;
        let decoded = entries.push(bytes, |entry| {
            // journalctl begins with the entry it is told, which was delivered already.
            if self.cursor.as_ref() == Some(&entry.cursor) {
                return;
            }
            cursor = Some(entry.cursor);
            match entry.content {
                Said::Message(message) => messages.push(message),
                Said::Overlong => skipped.overlong += 1,
                Said::Nothing => (),
            }
        });
        outlet.count(messages.len() as u64, skipped);
        if let Some(cursor) = cursor {
            outlet.send(Content::Messages(messages), Position::Journal { cursor: cursor.clone() }).await?;
            self.cursor = Some(cursor);
        }
        decoded.map_err(|source| SourceError::DecodeJournal { source })
    }
}

/// What `journalctl` complains about: heard all the time, so that it never waits for a listener.
struct Complaints {
    stderr: Option<ChildStderr>,
    lines: LineSplitter,
    last: String,
}

impl Complaints {
    fn of(stderr: Option<ChildStderr>) -> Self {
        Self { stderr, lines: LineSplitter::new(READ), last: String::new() }
    }

    fn is_open(&self) -> bool {
        self.stderr.is_some()
    }

    async fn hear(&mut self) {
        let mut buffer = [0; 1024];
        match read(&mut self.stderr, &mut buffer).await {
            Ok(0) | Err(_) => self.stderr = None,
            Ok(length) => {
                self.lines
                    .push(&buffer[..length], |line| self.last = String::from_utf8_lossy(line).into_owned());
            }
        }
    }
}

/// Reads once; nothing when there is no pipe.
async fn read(pipe: &mut Option<impl AsyncRead + Unpin>, buffer: &mut [u8]) -> Result<usize, SourceError> {
    match pipe {
        Some(pipe) => pipe.read(buffer).await.map_err(|source| SourceError::ReadJournal { source }),
        None => Ok(0),
    }
}
