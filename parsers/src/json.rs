//! The members of a JSON object (RFC 8259), without building it.
//!
//! Log lines are one object each. What is wanted of them is a handful of strings and numbers at a known place, so this
//! walks over the text once and hands out the members as they come; what is inside a string cannot look like one.

use core::ops::Range;

use crate::split;

/// Objects and arrays inside each other that are followed; deeper ones end the walk.
const MAX_DEPTH: usize = 8;

/// A string or a number and the keys that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    /// The key of the object that the member is in; empty for the outermost, and for what is inside an array.
    pub(crate) parent: &'a [u8],
    /// Its own key, or for the elements of an array the key of the array.
    pub(crate) key: &'a [u8],
    /// The text between the quotes with its escapes as written, or the number or word itself.
    pub(crate) value: &'a [u8],
    depth: usize,
    is_string: bool,
}

impl Member<'_> {
    /// Whether it is a member of the outermost object.
    pub(crate) const fn is_outer(&self) -> bool {
        self.depth == 1
    }
}

/// The members of the object that `text` is, in their order. A text that is not well formed ends early.
pub(crate) fn members(text: &[u8]) -> Members<'_> {
    Members { rest: text, keys: [&[]; MAX_DEPTH], arrays: 0, depth: 0 }
}

/// What `text` tells besides the members that are needed: of each run of others the bytes from its first string to its
/// last. A word in the place of those leaves an object with the same members that are needed.
pub(crate) fn others<'a>(
    text: &'a [u8],
    is_needed: impl Fn(&Member<'a>) -> bool,
) -> impl Iterator<Item = &'a [u8]> {
    let mut members = members(text);
    let mut run: Option<(usize, Range<usize>)> = None;
    core::iter::from_fn(move || {
        for member in members.by_ref() {
            // A quote in a number is no JSON, and what is left of such a text had better stay as it is.
            if is_needed(&member) || !member.is_string && member.value.contains(&b'"') {
                if let Some((_, ended)) = run.take() {
                    return text.get(ended);
                }
                continue;
            }
            let Some(place) = place(text, member.value).filter(|_| member.is_string) else { continue };
            match &mut run {
                Some((depth, range)) if *depth == member.depth => range.end = place.end,
                _ => {
                    if let Some((_, ended)) = run.replace((member.depth, place)) {
                        return text.get(ended);
                    }
                }
            }
        }
        text.get(run.take()?.1)
    })
}

/// Where a value lies.
fn place(text: &[u8], value: &[u8]) -> Option<Range<usize>> {
    let start = value.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    Some(start..start + value.len())
}

/// See [`members`].
#[derive(Debug)]
pub(crate) struct Members<'a> {
    rest: &'a [u8],
    /// The key in force at each depth.
    keys: [&'a [u8]; MAX_DEPTH],
    /// Which depths are arrays, a bit each.
    arrays: u8,
    depth: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&byte, rest) = self.rest.trim_ascii_start().split_first()?;
            match byte {
                b'{' | b'[' => self.enter(byte == b'[', rest)?,
                b'}' | b']' => self.leave(rest)?,
                b',' => self.rest = rest,
                b'"' => {
                    let (text, rest) = split::quoted(rest)?;
                    let (after, is_key) = match rest.trim_ascii_start().strip_prefix(b":") {
                        Some(after) if !self.in_array() => (after, true),
                        _ => (rest, false),
                    };
                    self.rest = after;
                    if !is_key {
                        return self.member(text, true);
                    }
                    *self.keys.get_mut(self.depth.checked_sub(1)?)? = text;
                }
                _ => {
                    let text = self.rest.trim_ascii_start();
                    let is_end = |byte: &u8| b",]} \t".contains(byte);
                    let (word, rest) = text.split_at(text.iter().position(is_end).unwrap_or(text.len()));
                    self.rest = rest;
                    return self.member(word, false);
                }
            }
        }
    }
}

impl<'a> Members<'a> {
    fn enter(&mut self, is_array: bool, rest: &'a [u8]) -> Option<()> {
        // The elements of an array go under the key of the array itself.
        let key = if is_array { self.key()? } else { &[] };
        *self.keys.get_mut(self.depth)? = key;
        self.arrays = self.arrays & !(1 << self.depth) | u8::from(is_array) << self.depth;
        self.depth += 1;
        self.rest = rest;
        Some(())
    }

    fn leave(&mut self, rest: &'a [u8]) -> Option<()> {
        self.depth = self.depth.checked_sub(1)?;
        self.rest = rest;
        self.end_value();
        Some(())
    }

    /// A key has one value: what follows it without a key of its own has none.
    fn end_value(&mut self) {
        if !self.in_array()
            && let Some(key) = self.depth.checked_sub(1).and_then(|last| self.keys.get_mut(last))
        {
            *key = &[];
        }
    }

    fn in_array(&self) -> bool {
        self.depth.checked_sub(1).is_some_and(|last| self.arrays & 1 << last != 0)
    }

    fn key(&self) -> Option<&'a [u8]> {
        match self.depth.checked_sub(1) {
            Some(last) => self.keys.get(last).copied(),
            None => Some(&[]),
        }
    }

    fn member(&mut self, value: &'a [u8], is_string: bool) -> Option<Member<'a>> {
        let parent = self.depth.checked_sub(2).and_then(|last| self.keys.get(last).copied()).unwrap_or(&[]);
        let member = Member { parent, key: self.key()?, value, depth: self.depth, is_string };
        self.end_value();
        Some(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        members(text.as_bytes())
            .map(|m| format!("{}.{}={}", text_of(m.parent), text_of(m.key), text_of(m.value)))
            .collect()
    }

    #[test]
    fn members_are_told_by_their_place() {
        assert_eq!(
            shown(r#"{"a":1, "b":{"c":"x","d":["y","z"]},"e":true}"#),
            [".a=1", "b.c=x", "d.d=y", "d.d=z", ".e=true"]
        );
    }

    #[test]
    fn a_value_that_looks_like_a_member_is_none() {
        assert_eq!(shown(r#"{"a":"\",\"ip\":\"192.0.2.1","b":["c",":1"]}"#).len(), 3);
        assert_eq!(shown(r#"{"a":"x\\","ip":"203.0.113.7"}"#)[1], ".ip=203.0.113.7");
    }

    #[test]
    fn what_is_not_needed_goes_in_runs_that_leave_an_object() {
        let text = br#"{"a":"u","b":"v","n":7,"ip":"w","c":{"d":"x","e":{"f":["y"],"g":["z"]}},"h":1}"#;
        let runs: Vec<_> = others(text, |member| member.key == b"ip").map(String::from_utf8_lossy).collect();
        assert_eq!(runs, [r#"u","b":"v"#, "x", r#"y"],"g":["z"#]);
        assert_eq!(others(b"{", |_| false).count() + others(b"x", |_| false).count(), 0);
    }

    #[test]
    fn what_is_no_object_ends_early() {
        for text in ["", "{", "{\"", "{\"a\"", "{\"a\\", "}", "]", "{{{{{{{{{{{{{{", "[[[[[[[[[[[[[1"] {
            assert!(shown(text).len() <= 1, "{text}");
        }
        assert!(members("[".repeat(1_000_000).as_bytes()).next().is_none());
    }
}
