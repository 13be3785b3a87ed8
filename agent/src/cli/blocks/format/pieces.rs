//! A file in pieces of bounded size, whatever somebody made of it.

use std::io::{self, BufRead};

/// Longest piece, in bytes: many times what any list has in one line.
pub(super) const MAX_PIECE: usize = 64 * 1024;

/// A line, or an object of a JSON array.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Longer than [`MAX_PIECE`]; it was passed over.
    TooLong,
    /// The file ends before its list does.
    Cut,
}

/// Takes a file to pieces.
pub(super) trait Pieces {
    /// The next piece and the line on which it begins, counted from 1.
    fn next(&mut self) -> io::Result<Option<(u64, Piece<'_>)>>;
}

/// The lines of a text.
pub(super) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0 }
    }
}

impl<R: BufRead> Pieces for Lines<R> {
    fn next(&mut self) -> io::Result<Option<(u64, Piece<'_>)>> {
        self.line.clear();
        self.number += 1;
        let limit = MAX_PIECE as u64 + 1;
        if io::Read::take(&mut self.input, limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        if self.line.len() > MAX_PIECE && !self.line.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
            return Ok(Some((self.number, Piece::TooLong)));
        }
        Ok(Some((self.number, Piece::Whole(self.line.trim_ascii()))))
    }
}

/// The objects of the first array in a JSON text, whatever is in them and however the text is laid out. A broken one
/// does not hide those behind it, as long as its braces match.
pub(super) struct Objects<R> {
    input: R,
    object: Vec<u8>,
    line: u64,
    place: Place,
}

/// Where in the text the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the array.
    Before,
    /// In it.
    Within,
    /// Behind it.
    Behind,
}

/// How far an item has been read.
#[derive(Default)]
struct Scan {
    begun_on: Option<u64>,
    depth: u64,
    in_string: bool,
    is_escaped: bool,
    is_too_long: bool,
}

impl Scan {
    /// Whether the item ends before this byte.
    fn ends_before(&self, byte: u8) -> bool {
        self.begun_on.is_some() && self.depth == 0 && !self.in_string && matches!(byte, b',' | b']')
    }

    fn take(&mut self, byte: u8, object: &mut Vec<u8>) {
        if self.in_string {
            self.in_string = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        if object.len() < MAX_PIECE {
            object.push(byte);
        } else {
            self.is_too_long = true;
        }
    }
}

impl<R: BufRead> Objects<R> {
    pub(super) fn of(input: R) -> Self {
        Self { input, object: Vec::new(), line: 1, place: Place::Before }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.input.fill_buf()?.first().copied();
        if let Some(byte) = byte {
            self.input.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }

    fn scan(&mut self) -> io::Result<Scan> {
        let mut scan = Scan::default();
        while self.place != Place::Behind {
            let line = self.line;
            let Some(byte) = self.byte()? else { break };
            match self.place {
                Place::Before if byte == b'[' => self.place = Place::Within,
                Place::Before | Place::Behind => {}
                Place::Within if scan.ends_before(byte) => {
                    if byte == b']' {
                        self.place = Place::Behind;
                    }
                    return Ok(scan);
                }
                Place::Within if scan.begun_on.is_none() => match byte {
                    b']' => self.place = Place::Behind,
                    b',' => {}
                    byte if byte.is_ascii_whitespace() => {}
                    byte => {
                        scan.begun_on = Some(line);
                        scan.take(byte, &mut self.object);
                    }
                },
                Place::Within => scan.take(byte, &mut self.object),
            }
        }
        Ok(scan)
    }
}

impl<R: BufRead> Pieces for Objects<R> {
    fn next(&mut self) -> io::Result<Option<(u64, Piece<'_>)>> {
        self.object.clear();
        let scan = self.scan()?;
        let is_cut = self.place == Place::Within && self.input.fill_buf()?.is_empty();
        match scan.begun_on {
            Some(line) if scan.is_too_long => Ok(Some((line, Piece::TooLong))),
            Some(line) => Ok(Some((line, Piece::Whole(self.object.trim_ascii())))),
            None if is_cut => {
                self.place = Place::Behind;
                Ok(Some((self.line, Piece::Cut)))
            }
            None => Ok(None),
        }
    }
}
