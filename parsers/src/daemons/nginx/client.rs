//! `, client: IP, server: NAME, request: "METHOD TARGET HTTP/V"[, NAME: "VALUE"...]`: how nginx ends a message about a
//! connection (ngx_http_log_error_handler).
//!
//! Nothing is escaped here. The words of the client may stand on both sides of its address: its user name or path
//! before, its request, host and referrer behind.

use core::net::IpAddr;

use memchr::{memchr, memrchr};

use crate::text;

use crate::address;

const MARK: &[u8] = b", client: ";

/// The end of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) address: IpAddr,
    pub(super) server: Option<&'a [u8]>,
    /// The words of the request, or nothing.
    pub(super) request: &'a [u8],
    /// What stands between the quotes of the fields behind the request, and between those.
    pub(super) rest: &'a [u8],
    /// Whether everything is in its place and nothing is left over.
    is_whole: bool,
}

/// What stands before the first client, and that client: for messages that hold no words of the client's.
pub(super) fn first(text: &[u8]) -> Option<(&[u8], Client<'_>)> {
    candidates(text).next()
}

/// What stands before the client, and the client: for messages that do. It is the only one, or the only one whose
/// fields are all in their places.
pub(super) fn only(text: &[u8]) -> Option<(&[u8], Client<'_>)> {
    let mut all = candidates(text);
    match (all.next(), all.next()) {
        (Some(client), None) => Some(client),
        (Some(_), Some(_)) => {
            let mut whole = candidates(text).filter(|(_, client)| client.is_whole);
            whole.next().filter(|_| whole.next().is_none())
        }
        _ => None,
    }
}

fn candidates(text: &[u8]) -> impl Iterator<Item = (&[u8], Client<'_>)> {
    text::find_iter(text, MARK).filter_map(|at| Some((text.get(..at)?, read(text.get(at + MARK.len()..)?)?)))
}

/// The address ends at a comma or with the text.
fn read(text: &[u8]) -> Option<Client<'_>> {
    let end = memchr(b',', text).unwrap_or(text.len());
    let address = address::read(text.get(..end)?)?;
    let tail = text.get(end..)?;
    let Some(named) = tail.strip_prefix(b", server: ") else {
        return Some(Client { address, server: None, request: &[], rest: &[], is_whole: tail.is_empty() });
    };
    let end = memchr(b',', named).unwrap_or(named.len());
    let (server, tail) = named.split_at_checked(end)?;
    let Some((request, tail)) = tail.strip_prefix(b", request: \"").and_then(request) else {
        return Some(Client {
            address,
            server: Some(server),
            request: &[],
            rest: &[],
            is_whole: tail.is_empty(),
        });
    };
    let (rest, is_whole) = fields(tail);
    Some(Client { address, server: Some(server), request, rest, is_whole })
}

/// The request up to the quote that closes it, which is the one before the next field.
fn request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let close = text::find(text, b"\", ").or_else(|| memrchr(b'"', text))?;
    Some((text.get(..close)?, text.get(close + 1..)?))
}

/// What is between the outermost quotes of the fields, and whether they are fields: words that only the referrer, the
/// last one, may contain a quote in.
fn fields(text: &[u8]) -> (&[u8], bool) {
    let inside = || {
        let open = memchr(b'"', text)? + 1;
        text.get(open..memrchr(b'"', text).filter(|&close| close >= open)?)
    };
    let mut rest = text;
    loop {
        if rest.is_empty() {
            return (inside().unwrap_or_default(), true);
        }
        if let Some(referrer) = rest.strip_prefix(b", referrer: \"") {
            return (inside().unwrap_or_default(), referrer.ends_with(b"\""));
        }
        match field(rest) {
            Some(after) => rest = after,
            None => return (inside().unwrap_or_default(), false),
        }
    }
}

/// `, host: "NAME"`; leaves what follows.
fn field(text: &[u8]) -> Option<&[u8]> {
    let names: [&[u8]; 3] = [b", host: \"", b", upstream: \"", b", subrequest: \""];
    let value = names.iter().find_map(|name| text.strip_prefix(*name))?;
    let close = memchr(b'"', value)?;
    let is_word = value.get(..close)?.iter().all(|&byte| byte != b' ');
    value.get(close + 1..).filter(|_| is_word)
}
