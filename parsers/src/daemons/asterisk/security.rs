//! `SecurityEvent="NAME",EventTV="..",Severity="..",Service="..",EventVersion="..",AccountID="..",SessionID="..",
//! LocalAddress="IPV4/UDP/IP/PORT",RemoteAddress="IPV4/UDP/IP/PORT"[,NAME=".."]`.
//!
//! Nothing is escaped. The account and the session, in front of the addresses, are the client's words; behind them
//! stand the parts of a challenge, which it has a say in, or what is Asterisk's own.

use core::net::IpAddr;

use crate::address;
use crate::event::{Finding, Private};
use crate::{Kind, split, text};

const LOCAL: &[u8] = b"\",LocalAddress=\"";
const REMOTE: &[u8] = b"\",RemoteAddress=\"";

/// One way to read the addresses.
#[derive(Debug, Clone, Copy)]
struct Reading<'a> {
    /// What stands before both addresses.
    before: &'a [u8],
    local: &'a [u8],
    remote: Remote,
    rest: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
struct Remote {
    address: IpAddr,
    port: u16,
    is_datagram: bool,
}

pub(super) fn event(text: &[u8]) -> Option<Finding<'_>> {
    let (name, fields) = split::between(text, b"SecurityEvent=\"", b"\",")?;
    let kind = match name {
        b"InvalidPassword" | b"ChallengeResponseFailed" => Kind::FailedLogin,
        b"InvalidAccountID" => Kind::InvalidUser,
        b"FailedACL" | b"UnexpectedAddress" | b"RequestNotAllowed" => Kind::UserNotAllowed,
        b"RequestBadFormat" | b"RequestNotSupported" | b"AuthMethodNotAllowed" | b"InvalidTransport" => {
            Kind::BadProtocol
        }
        b"SessionLimit" => Kind::RateLimited,
        _ => return None,
    };
    let is_last = matches!(name, b"InvalidAccountID" | b"FailedACL");
    let Reading { before, local, remote, rest } = reading(fields, is_last)?;
    let (_, who) = split::first(before, b"AccountID=\"")?;
    let (account, session) = split::first(who, b"\",SessionID=\"")?;
    let finding = Finding { port: Some(remote.port), ..Finding::new(kind, remote.address) }.by(account);
    let answered = name == b"InvalidPassword" || !remote.is_datagram;
    let finding = if answered { finding } else { finding.claimed() };
    let inside = rest.strip_prefix(b",").and_then(|rest| {
        let (_, values) = split::first(rest, b"=\"")?;
        values.strip_suffix(b"\"")
    });
    Some(
        finding
            .hiding(Some(Private::Detail(session)))
            .hiding(Some(Private::LocalAddress(local)))
            .hiding(inside.filter(|_| !is_own(rest)).map(Private::Detail)),
    )
}

/// The last pair of addresses in an event whose client has no words behind it; the only one otherwise.
fn reading(fields: &[u8], is_last: bool) -> Option<Reading<'_>> {
    let mut readings = split::each(fields, LOCAL).filter_map(|(before, rest)| {
        // An address has no quote, so none is looked for behind one.
        let (local, _) = split::first(rest, b"\"")?;
        let (remote, rest) = split::first(rest.get(local.len()..)?.strip_prefix(REMOTE)?, b"\"")?;
        Some(Reading { before, local: address_of(local)?, remote: read_remote(remote)?, rest })
    });
    let first = readings.next()?;
    match readings.last() {
        None => Some(first),
        Some(last) => (is_last && is_own(last.rest)).then_some(last),
    }
}

/// Whether the fields are of those that Asterisk fills in alone.
fn is_own(rest: &[u8]) -> bool {
    const OWN: [(&[u8], ()); 4] =
        [(b",ACLName=\"", ()), (b",SessionTV=\"", ()), (b",Module=\"", ()), (b",UsingPassword=\"", ())];
    let mut rest = rest;
    while let Some(((), value)) = split::opening(rest, &OWN) {
        let Some((_, after)) = split::first(value, b"\"") else { return false };
        rest = after;
    }
    rest.is_empty()
}

/// `IPV4/UDP/IP/PORT`.
fn read_remote(text: &[u8]) -> Option<Remote> {
    let mut parts = text.split(|&byte| byte == b'/');
    let (family, transport, address, port) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_family = matches!(family, b"IPV4" | b"IPV6");
    let address = address::read(address).filter(|_| is_family && parts.next().is_none())?;
    Some(Remote { address, port: text::number(port)?, is_datagram: transport == b"UDP" })
}

/// The address and the port of the own side.
fn address_of(text: &[u8]) -> Option<&[u8]> {
    let (_family, rest) = split::first(text, b"/")?;
    Some(split::first(rest, b"/")?.1)
}
