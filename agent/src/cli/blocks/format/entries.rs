//! JSON in pieces: the entries of the lists that are looked for, wherever in the text they stand.
//!
//! Nobody ever holds more than one entry, so a list of any length takes no more memory than a short one. What is wrong with an
//! entry does not hide those behind it, as long as its brackets match.

use std::io::{self, BufRead};

use super::pieces::{List, MAX_PIECE, Piece, Pieces};

/// Lists within one another that are looked into; no list that is looked for stands deeper.
const MAX_DEPTH: usize = 16;

/// Longest key or name that is kept, in bytes; nft takes no longer one.
const MAX_NAME: usize = 256;

/// Whether the list is looked for that stands under these keys, the outermost first.
pub(super) type Wanted = fn(&[&str]) -> bool;

/// The entries of all lists that are looked for.
pub(super) struct Entries<R> {
    input: R,
    line: u64,
    quote: u8,
    wanted: Wanted,
    /// What has begun and not ended, but for what an entry holds.
    open: Vec<Container>,
    /// What has begun deeper than [`MAX_DEPTH`].
    too_deep: u64,
    /// Whether the innermost container is a list that is looked for.
    is_within: bool,
    entry: Vec<u8>,
}

/// An object or a list whose end is still to come.
#[derive(Default)]
struct Container {
    /// The key under which it stands; empty in a list.
    under: String,
    /// The key that was read last.
    key: String,
    /// Whether its value comes next.
    has_key: bool,
    /// The value of the key `name`.
    name: Option<String>,
}

impl<R: BufRead> Entries<R> {
    /// Of a text whose strings stand between `quote`s.
    pub(super) fn of(input: R, quote: u8, wanted: Wanted) -> Self {
        Self {
            input,
            line: 1,
            quote,
            wanted,
            open: Vec::new(),
            too_deep: 0,
            is_within: false,
            entry: Vec::new(),
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.input.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }

    /// Goes on to the next list that is looked for; false when the text ends.
    fn find_list(&mut self) -> io::Result<bool> {
        while let Some(byte) = self.byte()? {
            match byte {
                b'{' | b'[' if self.open.len() == MAX_DEPTH => self.too_deep += 1,
                b'{' | b'[' => {
                    self.begin();
                    if byte == b'[' && (self.wanted)(&self.path()) {
                        self.is_within = true;
                        return Ok(true);
                    }
                }
                b'}' | b']' if self.too_deep > 0 => self.too_deep -= 1,
                b'}' | b']' => _ = self.open.pop(),
                quote if quote == self.quote => self.take_string()?,
                b':' | b',' => {
                    if let Some(container) = self.open.last_mut().filter(|_| self.too_deep == 0) {
                        container.has_key = byte == b':';
                    }
                }
                _ => {}
            }
        }
        Ok(false)
    }

    fn begin(&mut self) {
        let outer = self.open.last().filter(|outer| outer.has_key);
        let under = outer.map(|outer| outer.key.clone()).unwrap_or_default();
        self.open.push(Container { under, ..Container::default() });
    }

    /// The keys under which the innermost container stands.
    fn path(&self) -> Vec<&str> {
        self.open.iter().map(|container| &*container.under).filter(|key| !key.is_empty()).collect()
    }

    /// A key, or a value of which only a name matters.
    fn take_string(&mut self) -> io::Result<()> {
        let text = self.string()?;
        if let Some(container) = self.open.last_mut().filter(|_| self.too_deep == 0) {
            if !container.has_key {
                container.key = text;
            } else if container.key == "name" {
                container.name = Some(text);
            }
        }
        Ok(())
    }

    /// The rest of a string, as it is written; nothing of one that is longer than any name.
    fn string(&mut self) -> io::Result<String> {
        let mut text = Vec::new();
        let mut is_escaped = false;
        while let Some(byte) = self.byte()? {
            if byte == self.quote && !is_escaped {
                break;
            }
            is_escaped = !is_escaped && byte == b'\\';
            if text.len() <= MAX_NAME {
                text.push(byte);
            }
        }
        let is_name = text.len() <= MAX_NAME;
        Ok(if is_name { String::from_utf8_lossy(&text).into_owned() } else { String::new() })
    }

    /// Reads the next entry of the list; none at its end.
    fn read_entry(&mut self) -> io::Result<Option<Scan>> {
        self.entry.clear();
        let mut scan: Option<Scan> = None;
        while let Some(byte) = self.peek()? {
            match &mut scan {
                Some(scan) if scan.goes_on(byte) => scan.take(byte, self.quote, &mut self.entry),
                // The list stays open, so that it can be named.
                Some(_) => break,
                None if byte == b']' => {
                    self.byte()?;
                    self.is_within = false;
                    self.open.pop();
                    break;
                }
                None if byte == b',' || byte.is_ascii_whitespace() => {}
                None => {
                    let mut begun = Scan::on(self.line);
                    begun.take(byte, self.quote, &mut self.entry);
                    scan = Some(begun);
                }
            }
            self.byte()?;
        }
        Ok(scan)
    }

    /// The list in which the entry stands.
    fn list(&self) -> List<'_> {
        match &*self.open {
            [.., around, list] => List { key: &list.under, name: around.name.as_deref() },
            [list] => List { key: &list.under, name: None },
            [] => List::default(),
        }
    }
}

/// How far an entry has been read.
struct Scan {
    begun_on: u64,
    depth: u64,
    in_string: bool,
    is_escaped: bool,
    is_too_long: bool,
}

impl Scan {
    fn on(line: u64) -> Self {
        Self { begun_on: line, depth: 0, in_string: false, is_escaped: false, is_too_long: false }
    }

    /// Whether this byte belongs to the entry.
    fn goes_on(&self, byte: u8) -> bool {
        self.depth > 0 || self.in_string || !matches!(byte, b',' | b']')
    }

    fn take(&mut self, byte: u8, quote: u8, entry: &mut Vec<u8>) {
        if self.in_string {
            self.in_string = self.is_escaped || byte != quote;
            self.is_escaped = !self.is_escaped && byte == b'\\';
        } else {
            match byte {
                byte if byte == quote => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        if entry.len() < MAX_PIECE {
            entry.push(byte);
        } else {
            self.is_too_long = true;
        }
    }
}

impl<R: BufRead> Pieces for Entries<R> {
    fn next(&mut self) -> io::Result<Option<(u64, Piece<'_>)>> {
        while self.is_within || self.find_list()? {
            if let Some(Scan { begun_on, is_too_long, .. }) = self.read_entry()? {
                let entry = self.entry.trim_ascii();
                let piece = if is_too_long { Piece::TooLong } else { Piece::Whole(entry, self.list()) };
                return Ok(Some((begun_on, piece)));
            }
            if self.is_within {
                // The text ends here.
                self.is_within = false;
                break;
            }
        }
        let is_cut = !std::mem::take(&mut self.open).is_empty();
        Ok(is_cut.then_some((self.line, Piece::Cut)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of the lists under `elem`, with the keys and names of these.
    fn entries(text: &str) -> Vec<(u64, String)> {
        let mut entries = Entries::of(text.as_bytes(), b'"', |path| path.last() == Some(&"elem"));
        let mut found = Vec::new();
        while let Some((line, piece)) = entries.next().unwrap() {
            let told = match piece {
                Piece::Whole(entry, list) => {
                    format!("{}: {}", list.name.unwrap_or("?"), String::from_utf8_lossy(entry))
                }
                other => format!("{other:?}"),
            };
            found.push((line, told));
        }
        found
    }

    fn told(text: &str) -> Vec<String> {
        entries(text).into_iter().map(|(_, told)| told).collect()
    }

    #[test]
    fn a_list_is_named_by_what_stands_beside_it_and_before_it() {
        let text = r#"{"x":[{"set":{"name":"a","type":{"name":"deeper"},"elem":["1",
            {"val":[2]}]}},{"set":{"elem":[3],"name":"late"}},{"set":{"name":"c\"elem\":[","elem":[]}}]}"#;
        let found = entries(text);
        assert_eq!(found, [(1, "a: \"1\"".into()), (2, "a: {\"val\":[2]}".into()), (2, "?: 3".into())]);
    }

    #[test]
    fn other_lists_and_strings_that_look_like_one_have_no_entries() {
        assert!(told(r#"{"others":[1,2],"text":"\"elem\":[1]","elem":"[1]","n":{"elem":7}}"#).is_empty());
    }

    #[test]
    fn nothing_is_looked_for_too_deep_and_what_comes_behind_is_found() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(told(&format!("{{\"x\":{},\"elem\":[1]}}", deep(100_000))), ["?: 1"]);
    }

    #[test]
    fn a_text_that_ends_within_anything_is_cut() {
        for text in ["{", "[{\"elem\":[", "[{\"elem\":[1]", "{\"ele", "{\"elem\":[1,"] {
            assert_eq!(told(text).last().map(String::as_str), Some("Cut"), "{text}");
        }
        assert!(told("").is_empty());
    }
}
