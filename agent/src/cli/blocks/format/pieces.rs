//! A file in pieces of bounded size, whatever somebody made of it.

use std::io::{self, BufRead};

/// Longest piece, in bytes: many times what any list has in one line or one entry.
pub(super) const MAX_PIECE: usize = 64 * 1024;

/// A line, or an entry of a list in JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// All of it, and the list that it stands in.
    Whole(&'a [u8], List<'a>),
    /// Longer than [`MAX_PIECE`]; it was passed over.
    TooLong,
    /// The file ends before its list does.
    Cut,
}

/// What a list is called; lines stand in one that has no name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct List<'a> {
    /// The key under which it stands.
    pub(super) key: &'a str,
    /// What stands as `name` beside it, when it stands before it.
    pub(super) name: Option<&'a str>,
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
        Ok(Some((self.number, Piece::Whole(self.line.trim_ascii(), List::default()))))
    }
}
