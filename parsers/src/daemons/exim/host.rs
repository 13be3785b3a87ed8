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
}

/// A host at the beginning of `text`; leaves what follows its port.
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
    let inside = rest.strip_prefix(b"[")?;
    let close = memchr(b']', inside)?;
    let address = address::read(inside.get(..close)?)?;
    let (port, rest) = mail::port(inside.get(close + 1..)?);
    Some((Host { name: names, peer: Endpoint { address, port } }, rest))
}

/// Behind ` I=[IP]:PORT` and ` Ci=NUMBER`.
pub(super) fn behind_details(text: &[u8]) -> &[u8] {
    let local = || {
        let inside = text.strip_prefix(b" I=[")?;
        Some(mail::port(inside.get(memchr(b']', inside)? + 1..)?).1)
    };
    let text = local().unwrap_or(text);
    let number = || {
        let digits = text.strip_prefix(b" Ci=")?;
        digits.get(digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len())..)
    };
    number().unwrap_or(text)
}
