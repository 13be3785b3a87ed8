//! What the grammars of mail servers share.

use core::net::IpAddr;

use memchr::memchr;

use crate::address;

/// `NAME[IP]` as Postfix and sendmail write the client, its name resolved or `unknown`; `[IP]` without a name.
///
/// Leaves what follows the bracket. No resolved name has a bracket in it.
pub(crate) fn client(text: &[u8]) -> Option<((&[u8], IpAddr), &[u8])> {
    let open = memchr(b'[', text)?;
    let close = memchr(b']', text).filter(|&close| close > open)?;
    let name = text.get(..open)?;
    let is_name = name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let address = text.get(open + 1..close)?;
    let address = address::read(address.strip_prefix(b"IPv6:").unwrap_or(address))?;
    is_name.then_some(((name, address), text.get(close + 1..)?))
}

/// `:PORT`, if it is there; leaves the rest.
pub(crate) fn port(text: &[u8]) -> (Option<u16>, &[u8]) {
    let Some(digits) = text.strip_prefix(b":") else { return (None, text) };
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    match digits.split_at_checked(end).and_then(|(port, rest)| Some((crate::json::number(port)?, rest))) {
        Some((port, rest)) => (Some(port), rest),
        None => (None, text),
    }
}
