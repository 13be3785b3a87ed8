//! Bytes into lines, with bounded memory.

use memchr::memchr;

/// Room that an unfinished line may go on holding after its end came: many sources wait at once.
const KEPT: usize = 4 * 1024;

/// Cuts a stream of bytes into lines. An unfinished line is kept until its end comes; one that grows over
/// the limit is forgotten and skipped to its end.
#[derive(Debug)]
pub struct LineSplitter {
    limit: usize,
    kept: Vec<u8>,
    unfinished: u64,
}

impl LineSplitter {
    /// A splitter for lines of at most `limit` bytes, line end not counted.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::new(), unfinished: 0 }
    }

    /// How many bytes came since the last line end, kept or skipped.
    pub(super) fn unfinished(&self) -> u64 {
        self.unfinished
    }

    /// Takes the next bytes and gives each line that they complete, without its newline, to `take`. Returns
    /// how many overlong lines ended.
    pub fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) -> u64 {
        let mut overlong = 0;
        let mut rest = bytes;
        while let Some(end) = memchr(b'\n', rest) {
            let line = &rest[..end];
            rest = &rest[end + 1..];
            if !self.has_room_for(line) {
                overlong += 1;
            } else if self.kept.is_empty() {
                take(line);
            } else {
                self.kept.extend_from_slice(line);
                take(&self.kept);
            }
            self.kept.clear();
            self.kept.shrink_to(KEPT);
            self.unfinished = 0;
        }
        if self.has_room_for(rest) {
            self.kept.extend_from_slice(rest);
        } else {
            self.kept = Vec::new();
        }
        self.unfinished += rest.len() as u64;
        overlong
    }

    fn has_room_for(&self, more: &[u8]) -> bool {
        self.unfinished + more.len() as u64 <= self.limit as u64
    }
}

/// The lines of a text in which each is ended by `\n` or `\r\n`, without these.
pub(super) fn terminated(mut text: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = memchr(b'\n', text)?;
        let line = &text[..end];
        text = &text[end + 1..];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes the pieces one after the other; returns the lines and the number of overlong ones.
    fn split(limit: usize, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, u64) {
        let mut splitter = LineSplitter::new(limit);
        let mut lines = Vec::new();
        let overlong =
            pieces.iter().map(|piece| splitter.push(piece, |line| lines.push(line.to_vec()))).sum();
        (lines, overlong)
    }

    #[test]
    fn a_half_written_line_is_kept_until_it_is_complete() {
        let mut splitter = LineSplitter::new(16);
        let mut lines: Vec<Vec<u8>> = Vec::new();
        splitter.push(b"one\ntw", |line| lines.push(line.to_vec()));
        assert_eq!((lines.len(), splitter.unfinished()), (1, 2));
        splitter.push(b"o\n", |line| lines.push(line.to_vec()));
        assert_eq!((lines, splitter.unfinished()), (vec![b"one".to_vec(), b"two".to_vec()], 0));
    }

    #[test]
    fn an_overlong_line_is_counted_and_the_next_one_is_unharmed() {
        let expected = (vec![b"before".to_vec(), b"after".to_vec()], 1);
        assert_eq!(split(8, &[b"before\nfar too long\nafter\n"]), expected);
        assert_eq!(split(8, &[b"before\nfar to", b"o lo", b"ng", b"\nafter\n"]), expected);
        assert_eq!(split(8, &[b"before\nfar too lo", b"ng", b"\naf", b"ter\n"]), expected);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_delivered() {
        assert_eq!(split(4, &[b"ab", b"cd\nabcde\n"]), (vec![b"abcd".to_vec()], 1));
    }

    #[test]
    fn an_overlong_line_is_never_held_in_memory() {
        let mut splitter = LineSplitter::new(1024);
        for _ in 0..1024 {
            splitter.push(&[b'x'; 1024], |_| ());
            assert!(splitter.kept.capacity() <= 2 * 1024);
        }
        assert_eq!(splitter.unfinished(), 1024 * 1024);
    }

    #[test]
    fn however_the_bytes_are_cut_the_lines_are_the_same() {
        let text = b"\0\xff\n\n\r\nlonger than the limit\nlast\n";
        let whole = split(10, &[text]);
        for size in 1..text.len() {
            assert_eq!(split(10, &text.chunks(size).collect::<Vec<_>>()), whole);
        }
    }

    #[test]
    fn both_line_ends_are_taken_off() {
        let lines: Vec<_> = terminated(b"unix\nwindows\r\n\r\n\n").collect();
        assert_eq!(lines, [b"unix".as_slice(), b"windows", b"", b""]);
    }
}
