//! `HOST (HELO) [IP]:PORT I=[IP]:PORT`: how Exim names a client.
//!
//! A host name has no spaces, and neither has what a client says in its greeting: Exim keeps only what could be a name.

use memchr::memchr;

use crate::address::{self, Endpoint};
use crate::mail;

#[derive(Debug, Clone, Copy)]
pub(super) struct Host<'a> {
    /// The names of the client, both of them.
    pub(super) name: Option<&'a [u8]>,
    pub(super) peer: Endpoint,
    /// The address and the port of the server that it came to.
    pub(super) local: Option<&'a [u8]>,
}

/// A host at the beginning of `text`; leaves what follows it.
pub(super) fn read(text: &[u8]) -> Option<(Host<'_>, &[u8])> {
    let mut rest = text;
    if !rest.starts_with(b"[") && !rest.starts_with(b"(") {
        let space = memchr(b' ', rest)?;
        let is_name =
            |name: &[u8]| name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        rest = rest.get(space + 1..).filter(|_| text.get(..space).is_some_and(is_name))?;
    }
    if let Some(helo) = rest.strip_prefix(b"(") {
        let space = memchr(b' ', helo)?;
        rest =
            helo.get(space + 1..).filter(|_| helo.get(..space).is_some_and(|helo| helo.ends_with(b")")))?;
    }
    let names =
        text.get(..text.len() - rest.len()).map(<[u8]>::trim_ascii_end).filter(|names| !names.is_empty());
    let (address, rest) = address::bracketed(rest)?;
    let (port, rest) = mail::port(rest);
    let (local, rest) = details(rest);
    Some((Host { name: names, peer: Endpoint { address, port }, local }, rest))
}

/// ` I=[IP]:PORT` without its name, and what follows it and ` Ci=NUMBER`.
fn details(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let (local, text) = match text.strip_prefix(b" I=") {
        Some(named) => {
            let (local, _) = named.split_at(memchr(b' ', named).unwrap_or(named.len()));
            let local = local.strip_suffix(b":").unwrap_or(local);
            (Some(local), named.get(local.len()..).unwrap_or_default())
        }
        None => (None, text),
    };
    let number = || {
        let digits = text.strip_prefix(b" Ci=")?;
        digits.get(digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len())..)
    };
    (local, number().unwrap_or(text))
}
