//! A stream of bytes -> syslog messages, with bounded memory. Pure.
//!
//! Source: RFC 6587. A sender either counts the octets of every message (`11 <38>message`, section 3.4.1) or ends each
//! with a newline (section 3.4.2). Which, its first bytes say, once: a message must not change how the next is read.

use crate::sources::lines::LineSplitter;

/// The longest message that is delivered, in bytes; longer ones are skipped and counted. RFC 5424 asks for 2 KiB,
/// senders send 8 KiB at most by default.
pub(super) const MAX_MESSAGE: usize = 16 * 1024;

/// Digits of the longest length that is skipped; a sender that announces more makes no sense.
const MAX_DIGITS: usize = 7;

/// The sender does not keep to the framing that it began with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BrokenFraming;

/// Cuts a stream into messages.
#[derive(Debug)]
pub(super) struct Frames(Framing);

#[derive(Debug)]
enum Framing {
    /// What came so far does not tell yet.
    Unknown(Vec<u8>),
    Lines(LineSplitter),
    Counted(Counted),
}

/// Where in a counted message the stream is.
#[derive(Debug)]
enum Counted {
    Length { digits: usize, value: usize },
    Message { left: usize, kept: Option<Vec<u8>> },
}

const BEFORE_LENGTH: Counted = Counted::Length { digits: 0, value: 0 };

impl Frames {
    pub(super) fn new() -> Self {
        Self(Framing::Unknown(Vec::new()))
    }

    /// Whether a message has begun and not ended.
    pub(super) fn is_unfinished(&self) -> bool {
        match &self.0 {
            Framing::Unknown(kept) => !kept.is_empty(),
            Framing::Lines(lines) => lines.unfinished() > 0,
            Framing::Counted(counted) => !matches!(counted, Counted::Length { digits: 0, .. }),
        }
    }

    /// Takes the next bytes and gives each message that they complete to `take`. Returns how many overlong ones ended.
    pub(super) fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) -> Result<u64, BrokenFraming> {
        if let Framing::Unknown(kept) = &mut self.0 {
            kept.extend_from_slice(&bytes[..bytes.len().min(MAX_DIGITS + 2)]);
            let Some(counts) = counts_octets(kept) else { return Ok(0) };
            // What was kept before these bytes comes first.
            let before = kept.len() - bytes.len().min(MAX_DIGITS + 2);
            let before = kept[..before].to_vec();
            self.0 = if counts {
                Framing::Counted(BEFORE_LENGTH)
            } else {
                Framing::Lines(LineSplitter::new(MAX_MESSAGE))
            };
            return Ok(self.push_known(&before, &mut take)? + self.push_known(bytes, &mut take)?);
        }
        self.push_known(bytes, &mut take)
    }

    fn push_known(&mut self, bytes: &[u8], take: &mut impl FnMut(&[u8])) -> Result<u64, BrokenFraming> {
        match &mut self.0 {
            Framing::Unknown(_) => Ok(0),
            Framing::Lines(lines) => Ok(lines.push(bytes, take)),
            Framing::Counted(counted) => counted.push(bytes, take),
        }
    }
}

impl Counted {
    fn push(&mut self, mut bytes: &[u8], take: &mut impl FnMut(&[u8])) -> Result<u64, BrokenFraming> {
        let mut overlong = 0;
        while let Some(&byte) = bytes.first() {
            match self {
                Self::Length { digits, value } => {
                    bytes = &bytes[1..];
                    match byte {
                        b'0'..=b'9' if *digits < MAX_DIGITS && (byte != b'0' || *digits > 0) => {
                            *value = *value * 10 + usize::from(byte - b'0');
                            *digits += 1;
                        }
                        b' ' if *digits > 0 => {
                            let left = *value;
                            *self = Self::Message { left, kept: (left <= MAX_MESSAGE).then(Vec::new) };
                        }
                        // Some senders end counted messages with a newline all the same.
                        b'\n' if *digits == 0 => (),
                        _ => return Err(BrokenFraming),
                    }
                }
                Self::Message { left, kept } => {
                    let (part, rest) = bytes.split_at(bytes.len().min(*left));
                    bytes = rest;
                    *left -= part.len();
                    if let Some(kept) = kept {
                        kept.extend_from_slice(part);
                    }
                    if *left == 0 {
                        match kept {
                            Some(kept) => take(kept),
                            None => overlong += 1,
                        }
                        *self = BEFORE_LENGTH;
                    }
                }
            }
        }
        Ok(overlong)
    }
}

/// Whether a stream that begins with `head` counts octets: a length, a space and a priority. `None` when more is
/// needed to tell.
fn counts_octets(head: &[u8]) -> Option<bool> {
    let digits = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match (digits, &head[digits..]) {
        (0, []) => None,
        (0, _) => Some(false),
        (digits, _) if digits > MAX_DIGITS || head[0] == b'0' => Some(false),
        (_, [] | [b' ']) => None,
        (_, [b' ', b'<', ..]) => Some(true),
        _ => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes the pieces one after the other; gives the messages and the number of overlong ones.
    fn cut(pieces: &[&[u8]]) -> Result<(Vec<String>, u64), BrokenFraming> {
        let mut frames = Frames::new();
        let mut messages = Vec::new();
        let mut overlong = 0;
        for piece in pieces {
            overlong += frames.push(piece, |message| {
                messages.push(String::from_utf8_lossy(message).into_owned());
            })?;
        }
        Ok((messages, overlong))
    }

    fn messages(stream: &[u8]) -> Vec<String> {
        cut(&[stream]).unwrap().0
    }

    #[test]
    fn both_framings_are_told_by_the_first_bytes() {
        assert_eq!(messages(b"8 <38>one"), Vec::<String>::new());
        assert_eq!(messages(b"7 <38>one8 <38>a\nbc"), ["<38>one", "<38>a\nbc"]);
        assert_eq!(messages(b"<38>one\n<38>two\r\nhal"), ["<38>one", "<38>two\r"]);
        assert_eq!(messages(b"2026-11-23 one\n2026 <two\n"), ["2026-11-23 one", "2026 <two"]);
    }

    #[test]
    fn however_the_stream_is_cut_the_messages_are_the_same() {
        for stream in [b"7 <38>one8 <38>a\nbc7 <38>two".as_slice(), b"2026-11-23 one\n12 two\n<38>three\n"] {
            let whole = cut(&[stream]).unwrap();
            assert!(!whole.0.is_empty());
            for size in 1..stream.len() {
                assert_eq!(cut(&stream.chunks(size).collect::<Vec<_>>()).unwrap(), whole);
            }
        }
    }

    #[test]
    fn a_message_cannot_change_the_framing_of_the_next() {
        assert_eq!(messages(b"<38>one\n8 <38>two\n"), ["<38>one", "8 <38>two"]);
        assert_eq!(cut(&[b"7 <38>one<38>two\n"]), Err(BrokenFraming));
        assert_eq!(cut(&[b"7 <38>one0 x"]), Err(BrokenFraming));
        assert_eq!(cut(&[b"7 <38>one99999999 x"]), Err(BrokenFraming));
    }

    #[test]
    fn an_overlong_message_is_skipped_without_being_held_and_the_next_is_unharmed() {
        let long = "x".repeat(MAX_MESSAGE);
        let counted = format!("{} <1>{long}7 <38>one", long.len() + 3);
        assert_eq!(cut(&[counted.as_bytes()]).unwrap(), (vec!["<38>one".to_owned()], 1));
        let lines = format!("<1>{long}\n<38>one\n");
        assert_eq!(cut(&[lines.as_bytes()]).unwrap(), (vec!["<38>one".to_owned()], 1));
    }

    #[test]
    fn an_unfinished_message_is_known_as_such() {
        let mut frames = Frames::new();
        for (piece, unfinished) in
            [("", false), ("7", true), (" <3", true), ("8>one", false), ("7 ", true), ("<38>two", false)]
        {
            frames.push(piece.as_bytes(), |_| ()).unwrap();
            assert_eq!(frames.is_unfinished(), unfinished, "after {piece:?}");
        }
    }
}
