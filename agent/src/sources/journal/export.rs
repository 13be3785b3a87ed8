//! Entries as `journalctl --output=export` writes them, out of a stream, with bounded memory. Pure.
//!
//! Source: <https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-export-format>. It costs `journalctl` half of what its
//! JSON does, and carries any bytes as they are.

use std::{borrow::Cow, mem};

use crate::sources::{MAX_LINE, Message};

/// The longest field that is kept, with its name; the value of a longer one is skipped.
const MAX_FIELD: usize = MAX_LINE + 64;

/// The longest value that a journal can hold (`DATA_SIZE_MAX`), in bytes.
const MAX_VALUE: u64 = 768 * 1024 * 1024;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it is.
    pub(super) cursor: String,
    /// What it says.
    pub(super) content: Content,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A message.
    Message(Message),
    /// A message that is too long.
    Overlong,
    /// No message.
    Nothing,
}

/// The stream is not in the export format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotExport(&'static str);

/// Cuts the stream into entries.
#[derive(Debug, Default)]
pub(super) struct Entries {
    state: State,
    /// What came of the present line, or of the present value behind its name.
    kept: Vec<u8>,
    fields: Fields,
}

/// Where in an entry the stream is.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// In `NAME=value`, `NAME` or an empty line.
    #[default]
    Line,
    /// In a line that is too long.
    LongLine,
    /// In the length of the value of the field whose name is kept, little-endian; so many bytes are there.
    Length { value: u64, bytes: u32 },
    /// In that value.
    Value { left: u64, fits: bool },
    /// Before the newline behind that value.
    Behind { fits: bool },
}

/// The wanted fields of the present entry.
#[derive(Debug, Default)]
struct Fields {
    cursor: Option<String>,
    at: Option<i64>,
    program: Option<String>,
    message: Option<Vec<u8>>,
    is_overlong: bool,
}

impl Entries {
    /// Takes the next bytes and gives each entry that they complete to `take`.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(Entry)) -> Result<(), NotExport> {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Line | State::LongLine => self.line(bytes, &mut take)?,
                State::Length { value, bytes: count } => self.length(bytes, value, count)?,
                State::Value { left, fits } => self.value(bytes, left, fits),
                State::Behind { fits } => self.behind(bytes, fits)?,
            };
        }
        Ok(())
    }

    fn line<'a>(&mut self, bytes: &'a [u8], take: &mut impl FnMut(Entry)) -> Result<&'a [u8], NotExport> {
        let end = memchr::memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if part.len() > MAX_FIELD.saturating_sub(self.kept.len()) {
            self.state = State::LongLine;
        }
        let room = part.len().min(MAX_FIELD.saturating_sub(self.kept.len()));
        let Some(end) = end else {
            self.kept.extend_from_slice(&part[..room]);
            return Ok(&[]);
        };
        // A line that came in one piece, as nearly all do, is not copied.
        let mut pieces = mem::take(&mut self.kept);
        let line = if pieces.is_empty() {
            &part[..room]
        } else {
            pieces.extend_from_slice(&part[..room]);
            &pieces
        };
        let is_whole = matches!(mem::take(&mut self.state), State::Line);
        match memchr::memchr(b'=', line) {
            Some(equals) => self.fields.set(&line[..equals], is_whole.then(|| &line[equals + 1..])),
            None if line.is_empty() => take(mem::take(&mut self.fields).finish()?),
            None if is_name(line) => {
                self.kept = line.to_vec();
                self.state = State::Length { value: 0, bytes: 0 };
            }
            None => return Err(NotExport("a line is no field")),
        }
        Ok(&bytes[end + 1..])
    }

    fn length<'a>(&mut self, bytes: &'a [u8], value: u64, count: u32) -> Result<&'a [u8], NotExport> {
        let (byte, rest) = bytes.split_first().ok_or(NotExport("a length is missing"))?;
        let value = value | u64::from(*byte) << (8 * count);
        if count < 7 {
            self.state = State::Length { value, bytes: count + 1 };
        } else if value > MAX_VALUE {
            return Err(NotExport("a value is longer than any journal holds"));
        } else {
            // Where the name ends.
            self.kept.push(b'=');
            let fits = value <= MAX_LINE as u64;
            self.state = if value == 0 { State::Behind { fits } } else { State::Value { left: value, fits } };
        }
        Ok(rest)
    }

    fn value<'a>(&mut self, bytes: &'a [u8], left: u64, fits: bool) -> &'a [u8] {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (part, rest) = bytes.split_at(length);
        if fits {
            self.kept.extend_from_slice(part);
        }
        let left = left - length as u64;
        self.state = if left == 0 { State::Behind { fits } } else { State::Value { left, fits } };
        rest
    }

    fn behind<'a>(&mut self, bytes: &'a [u8], fits: bool) -> Result<&'a [u8], NotExport> {
        let rest = bytes.strip_prefix(b"\n").ok_or(NotExport("a value does not end where it should"))?;
        let field = mem::take(&mut self.kept);
        self.state = State::Line;
        if let Some(equals) = memchr::memchr(b'=', &field) {
            self.fields.set(&field[..equals], fits.then(|| &field[equals + 1..]));
        }
        Ok(rest)
    }
}

fn is_name(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

impl Fields {
    /// Takes a field; of one that comes more than once the first counts. No value is one that is too long.
    fn set(&mut self, name: &[u8], value: Option<&[u8]>) {
        let text = || value.and_then(|value| String::from_utf8(value.to_vec()).ok());
        match name {
            b"__CURSOR" => self.cursor = text(),
            b"__REALTIME_TIMESTAMP" => {
                let microseconds = text().and_then(|text| text.parse::<i64>().ok());
                self.at = microseconds.map(|microseconds| microseconds / 1_000_000);
            }
            b"SYSLOG_IDENTIFIER" if self.program.is_none() => self.program = text(),
            b"MESSAGE" if self.message.is_none() && !self.is_overlong => {
                self.message = value.filter(|value| value.len() <= MAX_LINE).map(<[u8]>::to_vec);
                self.is_overlong = self.message.is_none();
            }
            _ => (),
        }
    }

    fn finish(self) -> Result<Entry, NotExport> {
        let Self { cursor, at, program, message, is_overlong } = self;
        let cursor = cursor.ok_or(NotExport("an entry has no cursor"))?;
        let content = match message {
            Some(bytes) => Content::Message(Message { at, program: program.map(Cow::Owned), bytes }),
            None if is_overlong => Content::Overlong,
            None => Content::Nothing,
        };
        Ok(Entry { cursor, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(pieces: &[&[u8]]) -> Result<Vec<Entry>, NotExport> {
        let mut stream = Entries::default();
        let mut found = Vec::new();
        for piece in pieces {
            stream.push(piece, |entry| found.push(entry))?;
        }
        Ok(found)
    }

    fn with_length(length: u64, value: &[u8]) -> Vec<u8> {
        [b"__CURSOR=s=1\nMESSAGE\n".as_slice(), &length.to_le_bytes(), value, b"\n\n"].concat()
    }

    fn message(stream: &[u8]) -> Option<Vec<u8>> {
        match entries(&[stream]).unwrap().remove(0).content {
            Content::Message(message) => Some(message.bytes),
            Content::Overlong | Content::Nothing => None,
        }
    }

    const ENTRY: &[u8] = b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1700000001999999\n_BOOT_ID=b\n\
        MESSAGE=Invalid user a=b from 203.0.113.7 port 22\nSYSLOG_IDENTIFIER=sshd-session\n\n";

    #[test]
    fn an_entry_gives_its_message_its_program_and_its_time_in_seconds() {
        let expected = Message {
            at: Some(1_700_000_001),
            program: Some("sshd-session".into()),
            bytes: b"Invalid user a=b from 203.0.113.7 port 22".to_vec(),
        };
        let expected = Entry { cursor: "s=1;i=2".to_owned(), content: Content::Message(expected) };
        assert_eq!(entries(&[ENTRY]).unwrap(), [expected]);
    }

    #[test]
    fn a_message_may_be_any_bytes_and_may_look_like_a_field() {
        let value = b"a\0\xff\n__CURSOR=s=9\n\nMESSAGE=b";
        assert_eq!(message(&with_length(value.len() as u64, value)).unwrap(), value);
        assert_eq!(message(&with_length(0, b"")).unwrap(), b"");
        assert_eq!(message(b"__CURSOR=s=1\nMESSAGE=first\nMESSAGE=second\n\n").unwrap(), b"first");
    }

    #[test]
    fn however_the_stream_is_cut_the_entries_are_the_same() {
        let stream = [ENTRY, &with_length(3, b"\n\xff="), ENTRY].concat();
        let whole = entries(&[&stream]).unwrap();
        assert_eq!(whole.len(), 3);
        for size in 1..stream.len() {
            assert_eq!(entries(&stream.chunks(size).collect::<Vec<_>>()).unwrap(), whole);
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_skipped_without_being_held_and_the_next_is_unharmed() {
        let long = vec![b'x'; 4 * MAX_LINE];
        let line = [b"__CURSOR=s=1\nMESSAGE=", long.as_slice(), b"\n\n"].concat();
        for long in [line, with_length(long.len() as u64, &long)] {
            let mut stream = Entries::default();
            let mut found = Vec::new();
            for piece in long.chunks(1000).chain([ENTRY]) {
                stream.push(piece, |entry| found.push(entry)).unwrap();
                assert!(stream.kept.capacity() <= 2 * MAX_FIELD);
            }
            assert_eq!(found[0].content, Content::Overlong);
            assert!(matches!(found[1].content, Content::Message(_)));
        }
    }

    #[test]
    fn an_entry_without_a_message_still_has_its_place() {
        let found = entries(&[b"__CURSOR=s=1\nPRIORITY=6\n\n"]).unwrap();
        assert_eq!(found, [Entry { cursor: "s=1".to_owned(), content: Content::Nothing }]);
    }

    #[test]
    fn what_is_not_an_entry_is_refused() {
        let endless = with_length(u64::MAX, b"");
        let short = with_length(1, b"two");
        for stream in [b"-- No entries --\n".as_slice(), b"\n", b"MESSAGE=no cursor\n\n", &endless, &short] {
            assert!(entries(&[stream]).is_err(), "{}", String::from_utf8_lossy(stream));
        }
    }
}
