//! Access logs in the Common Log Format and what the servers make of it:
//! `[VHOST ]IP IDENT USER [TIME] "REQUEST" STATUS BYTES[ "REFERRER" "AGENT"[ ...]]`.
//!
//! The server escapes quotes in everything that the client says, so the first plain quote opens the request. The
//! address stands before all words of the client.

use core::net::IpAddr;

use memchr::{memchr, memrchr};

use super::Request;
use crate::event::Private;
use crate::{address, split, text};

/// The pieces of a line, before they are understood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// Client and user.
    head: &'a [u8],
    /// The time, without its brackets.
    pub(crate) time: &'a [u8],
    /// What follows the quote that opens the request.
    tail: &'a [u8],
}

/// Cuts a line at its time and its first quote, if it has the shape of an access log.
pub(crate) fn parts(line: &[u8]) -> Option<Parts<'_>> {
    let quote = first_quote(line)?;
    let (before, tail) = (line.get(..quote)?, line.get(quote + 1..)?);
    let before = before.strip_suffix(b"] ")?;
    let bracket = memrchr(b'[', before)?;
    let (head, time) = (before.get(..bracket)?, before.get(bracket + 1..)?);
    Some(Parts { head, time, tail })
}

/// The request that a line of an access log tells of.
pub(crate) fn request(line: &[u8]) -> Option<Request<'_>> {
    let Parts { head, tail, .. } = parts(line)?;
    let Client { host, address, names } = client(head)?;
    let (_ident, user) = word(names);
    let (words, tail) = split::quoted(tail)?;
    let (status, tail) = word(tail.trim_ascii_start());
    let (_bytes, tail) = word(tail);
    let (referrer, agent, rest) = described(tail);
    Some(Request {
        address,
        port: None,
        host: host.map(Private::Host),
        user: Some(user.trim_ascii()).filter(|user| !matches!(*user, b"" | b"-")),
        status: text::number(status)?,
        referrer,
        agent,
        rest,
        ..Request::of_words(words)
    })
}

/// Who asked: the beginning of a line.
struct Client<'a> {
    /// The virtual host, if it stands in front.
    host: Option<&'a [u8]>,
    address: IpAddr,
    /// The name that identd gave, and the user's.
    names: &'a [u8],
}

/// Behind a virtual host the name of identd must be missing, as it would be a word of the client in the place of the
/// address.
fn client(head: &[u8]) -> Option<Client<'_>> {
    let (first, rest) = word(head);
    if let Some(address) = address::read(first) {
        return Some(Client { host: None, address, names: rest });
    }
    let (second, names) = word(rest);
    let address = address::read(second).filter(|_| names.starts_with(b"- "))?;
    Some(Client { host: Some(first), address, names })
}

/// `"REFERRER" "AGENT"` and what the server's own format adds.
fn described(tail: &[u8]) -> (Option<&[u8]>, Option<&[u8]>, &[u8]) {
    let Some((referrer, tail)) = tail.strip_prefix(b"\"").and_then(split::quoted) else {
        return (None, None, tail);
    };
    let referrer = Some(referrer).filter(|referrer| *referrer != b"-");
    match tail.strip_prefix(b" \"").and_then(split::quoted) {
        Some((agent, rest)) => (referrer, Some(agent), rest.trim_ascii_start()),
        None => (referrer, None, tail.trim_ascii_start()),
    }
}

/// The first word and what follows its space.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b' ', text) {
        Some(space) => (text.get(..space).unwrap_or_default(), text.get(space + 1..).unwrap_or_default()),
        None => (text, &[]),
    }
}

/// Where the first quote is that no backslash escapes.
fn first_quote(line: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'"', line)
        .find(|&quote| quote.checked_sub(1).and_then(|at| line.get(at)) != Some(&b'\\'))
}
