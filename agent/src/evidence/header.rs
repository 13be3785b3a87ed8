//! The header of a malicious log: the leading lines that begin with `#`.

use jiff::Timestamp;
use sentinel_parsers::Service;

use super::{FORMAT_VERSION, PARSER_VERSION};

/// Most header lines that are read; further ones are taken for log lines, which prove nothing.
const MAX_HEADER_LINES: usize = 32;

/// What a log says about itself. All of it is optional: a raw log without a header is evidence too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The daemon whose lines follow; without it every line is recognised by itself.
    pub service: Option<Service>,
    /// When the first and last events were.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Seconds east of UTC, for lines that carry no offset.
    pub offset: i32,
    /// Whether later grammars than this agent's wrote the log: it may prove what this agent cannot see.
    pub is_newer: bool,
}

/// A header that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A later version of the format.
    #[error("the log is of format version {0}, this agent reads version {FORMAT_VERSION}")]
    Version(String),
    /// A known key with a value that makes no sense.
    #[error("header '#{key}' holds '{value}', expected {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value, cut to a readable length.
        value: String,
        /// What would have been right.
        expected: &'static str,
    },
}

/// Splits a log into its header and the bytes after it. Unknown keys are ignored.
pub(super) fn split(log: &[u8]) -> Result<(Header, &[u8]), HeaderError> {
    let mut header = Header::default();
    let mut rest = log;
    for _ in 0..MAX_HEADER_LINES {
        let Some(line) = rest.strip_prefix(b"#") else { break };
        let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        let text = String::from_utf8_lossy(line.get(..end).unwrap_or_default());
        let (key, value) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        header.take(key, value.trim())?;
        rest = line.get(end + 1..).unwrap_or_default();
    }
    Ok((header, rest))
}

impl Header {
    fn take(&mut self, key: &str, value: &str) -> Result<(), HeaderError> {
        let wrong =
            |key, expected| HeaderError::Value { key, value: value.chars().take(60).collect(), expected };
        match key {
            "sentinel-log" if value != FORMAT_VERSION.to_string() => {
                return Err(HeaderError::Version(value.chars().take(60).collect()));
            }
            "service" => {
                self.service =
                    Some(value.parse().map_err(|_| wrong("service", "the name of a known service"))?);
            }
            "window" => {
                self.window =
                    Some(window(value).ok_or_else(|| wrong("window", "two RFC 3339 times with a /"))?);
            }
            "timezone" => {
                self.offset = offset(value).ok_or_else(|| wrong("timezone", "an offset such as +01:00"))?;
            }
            "parser" => self.is_newer = version(value) > version(PARSER_VERSION),
            _ => {}
        }
        Ok(())
    }
}

/// `0.10.1` -> [0, 10, 1]; what is no version comes before all.
fn version(value: &str) -> Vec<u32> {
    value.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

fn window(value: &str) -> Option<(Timestamp, Timestamp)> {
    let (from, to) = value.split_once('/')?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to).then_some((from, to))
}

/// `+01:00` -> 3600.
fn offset(value: &str) -> Option<i32> {
    let sign = match value.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = value.get(1..)?.split_once(':')?;
    let field = |text: &str, most| text.parse::<u8>().ok().filter(|field| text.len() == 2 && *field <= most);
    Some(sign * (i32::from(field(hours, 23)?) * 3600 + i32::from(field(minutes, 59)?) * 60))
}
