//! `<34>1 2026-11-23T02:00:01Z host program pid msgid [data] MESSAGE` (RFC 5424).

use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_till1};
use nom::character::complete::char;
use nom::combinator::{eof, map, opt, recognize, value};
use nom::multi::fold_many1;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::iso;
use crate::{Line, text};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A line behind its priority.
pub(super) fn line(input: &[u8]) -> IResult<&[u8], Line<'_>> {
    let time = terminated(alt((value(None, char('-')), map(iso::timestamp, Some))), char(' '));
    let (rest, timestamp) = preceded(tag("1 "), time).parse(input)?;
    let (rest, (host, program, pid, _, data)) = (field, field, field, field, structured_data).parse(rest)?;
    let (message, _) = (alt((tag(" "), eof)), opt(tag(BYTE_ORDER_MARK))).parse(rest)?;
    let pid = pid.and_then(text::number);
    Ok((&[], Line { timestamp, host, program, pid, data, ..Line::bare(message) }))
}

/// A word, or `-` for none.
fn field(input: &[u8]) -> IResult<&[u8], Option<&[u8]>> {
    let word = terminated(take_till1(|byte| byte == b' '), char(' '));
    map(word, |word: &[u8]| (word != b"-").then_some(word)).parse(input)
}

/// `-` for none, or `[name key="value" ...][...]`, of which the outer brackets are left out.
fn structured_data(input: &[u8]) -> IResult<&[u8], Option<&[u8]>> {
    let elements = recognize(fold_many1(element, || (), |(), ()| ()));
    alt((value(None, char('-')), map(elements, inside))).parse(input)
}

fn inside(elements: &[u8]) -> Option<&[u8]> {
    elements.strip_prefix(b"[")?.strip_suffix(b"]")
}

/// `[name key="value" ...]`: a quoted value may hold brackets, and quotes behind a backslash.
fn element(input: &[u8]) -> IResult<&[u8], ()> {
    let bare = value((), take_till1(|byte| b"]\"".contains(&byte)));
    let parts = fold_many1(alt((bare, quoted)), || (), |(), ()| ());
    delimited(char('['), parts, char(']')).parse(input)
}

fn quoted(input: &[u8]) -> IResult<&[u8], ()> {
    let plain = value((), take_till1(|byte| b"\\\"".contains(&byte)));
    let escaped = value((), (char('\\'), take(1usize)));
    let text = opt(fold_many1(alt((plain, escaped)), || (), |(), ()| ()));
    value((), (char('"'), text, char('"'))).parse(input)
}
