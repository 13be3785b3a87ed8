//! Where log lines come from: followed files, journald, syslog, and packets that the firewall logs.
//!
//! Every source is one future that ends when nobody takes its batches any more, and stops when it is
//! dropped; one whose lines nobody can be asked for again also ends when it is told to ([`Intake::stop`]), with all
//! delivered that it received. It sends [`Batch`]es into the [`Intake`]; those of files and the journal carry the [`Position`] behind
//! their last line. Who persists that position once the lines are digested, and hands it back at the next start
//! ([`Resume`]), gets every line of the log exactly once. A source does not end by itself: what keeps it from reading
//! is reported once, shown in its [`Status`], and tried again.
//!
//! [`discover`] proposes sources where none are configured.
//!
//! Not every sender is believed alike: anybody can send a datagram in another's name. So each batch says what its
//! lines can prove at best ([`Batch::provenance`]).
//!
//! Lines are hostile bytes: of any content, at most [`MAX_LINE`] long, and memory stays bounded whatever
//! the log holds: one read, one unfinished line, and the batches that wait in the channel.

pub mod discover;
mod error;
mod feed;
mod file;
mod journal;
mod lines;
mod outlet;
mod pace;
mod position;
mod syslog;

use std::{borrow::Cow, sync::Arc, time::Duration};

use memchr::memrchr;
use sentinel_parsers::Provenance;

pub use error::SourceError;
pub use feed::follow_feed;
pub use file::{FileSource, follow_files};
pub use journal::{JournalFilter, JournalSource, NotExport, follow_journal};
pub use lines::LineSplitter;
pub use outlet::{Intake, Outlet, Resume, Skipped, Status};
pub use position::{FileId, FilePosition, Fingerprint, Position};
pub use syslog::{OpenSockets, OpenStream, Senders, SyslogSource, follow_syslog};

/// The longest line that is delivered, in bytes; longer ones are skipped to their end and counted.
pub const MAX_LINE: usize = 64 * 1024;

/// Where a source begins that has no position yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the next line that is written: attacks of the past are not news.
    #[default]
    End,
    /// With the oldest line there is.
    Beginning,
}

/// One log line as its source gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// When it was logged, in Unix seconds, where the source says so beside the text (journald).
    pub at: Option<i64>,
    /// Which program logged it, where the source says so beside the text (journald's `SYSLOG_IDENTIFIER`,
    /// which is that program's own claim: see [`JournalFilter::programs`]).
    pub program: Option<&'a str>,
    /// The text without its line end: from a file one whole line, from journald the bare message, which may
    /// hold line ends and must be taken as one.
    pub bytes: &'a [u8],
}

/// Some lines of one source, in their order, and the position behind them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The source's name.
    pub source: Arc<str>,
    /// Where to go on once these lines are digested. Worth persisting even when there are no lines: the first
    /// batch of a source has none and says where it began. `None` of a source that cannot go back.
    pub position: Option<Position>,
    /// The best that what these lines prove can be: [`Provenance::Claimed`] where a forged packet could have
    /// brought them. An event's own provenance is lowered to it with [`Ord::max`].
    pub provenance: Provenance,
    content: Content,
}

impl Batch {
    /// The lines, in their order.
    pub fn lines(&self) -> impl Iterator<Item = RawLine<'_>> {
        let (text, messages) = match &self.content {
            Content::Text(text) => (text.as_slice(), [].as_slice()),
            Content::Messages(messages) => ([].as_slice(), messages.as_slice()),
        };
        lines::terminated(text)
            .map(|bytes| RawLine { at: None, program: None, bytes })
            .chain(messages.iter().map(Message::as_line))
    }

    /// The last of them, found without looking at the others.
    pub(crate) fn last_line(&self) -> Option<RawLine<'_>> {
        match &self.content {
            Content::Text(text) => {
                let begin = memrchr(b'\n', text.strip_suffix(b"\n")?).map_or(0, |end| end + 1);
                let bytes = lines::terminated(&text[begin..]).next()?;
                Some(RawLine { at: None, program: None, bytes })
            }
            Content::Messages(messages) => messages.last().map(Message::as_line),
        }
    }
}

/// What a batch holds. Text stays in one piece: a busy log costs no allocation a line.
#[derive(Clone, Debug)]
enum Content {
    /// Lines, each ended by a newline.
    Text(Vec<u8>),
    /// Messages with what the source knows about each.
    Messages(Vec<Message>),
}

/// One message of a source that delivers messages, not text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When it was logged, in Unix seconds.
    pub at: Option<i64>,
    /// Which program logged it.
    pub program: Option<Cow<'static, str>>,
    /// What it says: any bytes, taken as one line.
    pub bytes: Vec<u8>,
}

impl Message {
    fn as_line(&self) -> RawLine<'_> {
        RawLine { at: self.at, program: self.program.as_deref(), bytes: &self.bytes }
    }
}

/// Longest pause before the next try of what keeps failing.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_batch_is_the_one_that_comes_last() {
        let message = |text: &str| Message { at: Some(7), program: None, bytes: text.into() };
        for content in [
            Content::Text(b"one\ntwo\r\nthree\r\n".to_vec()),
            Content::Text(b"one\n".to_vec()),
            Content::Text(b"\n\n".to_vec()),
            Content::Text(Vec::new()),
            Content::Messages(vec![message("one"), message("two\nlines")]),
        ] {
            let source = Arc::from("auth");
            let batch = Batch { source, position: None, provenance: Provenance::Proven, content };
            assert_eq!(batch.last_line(), batch.lines().last());
        }
    }
}
