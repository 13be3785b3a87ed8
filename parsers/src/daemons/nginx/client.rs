//! `, client: IP, server: NAME, request: "METHOD TARGET HTTP/V"[, NAME: "VALUE"...]`: how nginx ends a message about a
//! connection (ngx_http_log_error_handler).
//!
//! Nothing is escaped here. The words of the client may stand on both sides of its address: its user name or path
//! before, its request, host and referrer behind.

use core::net::IpAddr;

use memchr::{memchr, memrchr};

use crate::{address, split, text};

const MARK: &[u8] = b", client: ";
const REFERRER: &[u8] = b", referrer: \"";

/// The end of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) address: IpAddr,
    pub(super) server: Option<&'a [u8]>,
    /// The words of the request, or nothing.
    pub(super) request: &'a [u8],
    /// What stands between the quotes of the fields behind the request, and between those.
    pub(super) rest: &'a [u8],
}

/// What stands before the first client, and that client: for messages that hold no words of the client's before it.
pub(super) fn first(text: &[u8]) -> Option<(&[u8], Client<'_>)> {
    let at = text::find(text, MARK)?;
    Some((text.get(..at)?, read(text.get(at + MARK.len()..)?)?))
}

/// The same for messages that do: what looks like a second client must be the same.
pub(super) fn agreed(text: &[u8]) -> Option<(&[u8], Client<'_>)> {
    let (before, client) = first(text)?;
    let is_client = |at| Some(address(text.get(at + MARK.len()..)?)?.0 == client.address);
    text::find_iter(text, MARK).all(|at| is_client(at) == Some(true)).then_some((before, client))
}

/// The same for the name of a user, which may hold the likeness of a client: of several it is the only one whose fields
/// are all in their places, if it does not stand in the referrer of another.
pub(super) fn behind_name(text: &[u8]) -> Option<(&[u8], Client<'_>)> {
    agreed(text).or_else(|| {
        let clients = split::each(text, MARK).filter(|(_, tail)| is_whole(tail) == Some(true));
        let (before, tail) = split::single(clients)?;
        let is_referrer = text::find(before, REFERRER).is_some();
        read(tail).filter(|_| !is_referrer).map(|client| (before, client))
    })
}

/// Whether everything is in its place and nothing is left over: words, but for the request and the referrer.
fn is_whole(text: &[u8]) -> Option<bool> {
    let (_, tail) = split::between(address(text)?.1, b", server: ", b", request: \"")?;
    let (words, mut rest) = request(tail)?;
    text::find(words, b" HTTP/")?;
    while let Some(after) = field(rest) {
        rest = after;
    }
    Some(match rest.strip_prefix(REFERRER) {
        Some(referrer) => referrer.ends_with(b"\"") && text::find(referrer, MARK).is_none(),
        None => rest.is_empty(),
    })
}

/// `, host: "NAME"`; leaves what follows.
fn field(text: &[u8]) -> Option<&[u8]> {
    const NAMES: [(&[u8], ()); 3] = [(b", host: \"", ()), (b", upstream: \"", ()), (b", subrequest: \"", ())];
    let ((), value) = split::opening(text, &NAMES)?;
    let (word, rest) = split::first(value, b"\"")?;
    (!word.contains(&b' ')).then_some(rest)
}

/// The address ends at a comma or with the text; leaves what follows.
fn address(text: &[u8]) -> Option<(IpAddr, &[u8])> {
    let end = memchr(b',', text).unwrap_or(text.len());
    Some((address::read(text.get(..end)?)?, text.get(end..)?))
}

fn read(text: &[u8]) -> Option<Client<'_>> {
    let (address, tail) = address(text)?;
    let Some(named) = tail.strip_prefix(b", server: ") else {
        return Some(Client { address, server: None, request: &[], rest: &[] });
    };
    let (server, tail) = named.split_at_checked(memchr(b',', named).unwrap_or(named.len()))?;
    let (request, tail) = tail.strip_prefix(b", request: \"").and_then(request).unwrap_or((&[], &[]));
    Some(Client { address, server: Some(server), request, rest: fields(tail).unwrap_or_default() })
}

/// The request up to the quote that closes it, which is the one before the next field.
fn request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let close = text::find(text, b"\", ").or_else(|| memrchr(b'"', text))?;
    Some((text.get(..close)?, text.get(close + 1..)?))
}

/// What is between the outermost quotes of the fields behind the request.
fn fields(text: &[u8]) -> Option<&[u8]> {
    let open = memchr(b'"', text)? + 1;
    text.get(open..memrchr(b'"', text).filter(|&close| close >= open)?)
}
