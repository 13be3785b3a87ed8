//! What the grammars of mail servers share.

use memchr::memchr;

use crate::address::{self, Endpoint};
use crate::text;

/// A client as a mail server names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client<'a> {
    /// Its name, `unknown`, or nothing.
    pub(crate) name: &'a [u8],
    pub(crate) peer: Endpoint,
    /// What follows it.
    pub(crate) rest: &'a [u8],
}

/// `NAME[IP][:PORT]` as mail servers write the client, its name resolved or `unknown`; `NAME [IP]`, or `[IP]` without a
/// name.
///
/// No resolved name has a bracket in it.
pub(crate) fn client(text: &[u8]) -> Option<Client<'_>> {
    let open = memchr(b'[', text)?;
    let close = memchr(b']', text).filter(|&close| close > open)?;
    let name = text.get(..open)?;
    let name = name.strip_suffix(b" ").unwrap_or(name);
    let is_name = name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let address = text.get(open + 1..close)?;
    let address = address::read(address.strip_prefix(b"IPv6:").unwrap_or(address))?;
    let (port, rest) = port(text.get(close + 1..)?);
    is_name.then_some(Client { name, peer: Endpoint { address, port }, rest })
}

/// `:PORT`, if it is there; leaves the rest.
pub(crate) fn port(text: &[u8]) -> (Option<u16>, &[u8]) {
    let Some(digits) = text.strip_prefix(b":") else { return (None, text) };
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    match digits.split_at_checked(end).and_then(|(port, rest)| Some((text::number(port)?, rest))) {
        Some((port, rest)) => (Some(port), rest),
        None => (None, text),
    }
}
