//! Peers that do not speak ssh (sshd.c, kex.c), and those that tcp wrappers refuse.
//!
//! A name that does not map back to its address is no event, though old versions called it a possible break-in
//! attempt: it tells of a careless resolver, not of an attack.

use core::net::IpAddr;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_until};
use nom::combinator::{eof, map, rest};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::{Grammar, found};
use crate::Kind;
use crate::address;
use crate::event::{Finding, Private};
use crate::tail::{self, after_last, ends};

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((silent, foreign_protocol, other_version, known_scanner, refused)).parse(input)
}

/// `Did not receive identification string from IP[ port N]`.
fn silent(input: &[u8]) -> Grammar<'_> {
    let words =
        alt((tag("Did not receive identification string from "), tag("Could not write ident string to ")));
    let peer = preceded(words, address::endpoint);
    map(terminated(peer, eof), |peer| found(Kind::NoIdentification, peer)).parse(input)
}

/// `Bad protocol version identification 'TEXT' from IP[ port N]`: the text is the peer's, and in the greeting of
/// another protocol it is often the name of the host that the peer looks for.
fn foreign_protocol(input: &[u8]) -> Grammar<'_> {
    let (text, _) = tag("Bad protocol version identification '")(input)?;
    let (text, (peer, ())) = (tail::endpoint, ends("' from ")).parse(text)?;
    Ok((&[], found(Kind::BadProtocol, peer).hiding(Some(Private::Detail(text)))))
}

/// `Protocol major versions differ for IP[ port N]: TEXT vs. TEXT`: the first is sshd's own version.
fn other_version(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(tag("Protocol major versions differ for "), address::endpoint);
    let (words, peer) = terminated(peer, tag(": ")).parse(input)?;
    let (_, own) = alt((take_until(" vs. "), rest)).parse(words)?;
    Ok((&[], found(Kind::BadProtocol, peer).hiding(Some(Private::Detail(own)))))
}

/// `scanned from IP[ port N] with TEXT.  Don't panic.`
fn known_scanner(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(alt((tag("scanned from "), tag("probed from "))), address::endpoint);
    map((peer, tag(" with "), rest), |(peer, _, _)| found(Kind::BadProtocol, peer)).parse(input)
}

/// tcp wrappers: `refused connect from IP`, or `... from NAME (IP)`.
fn refused(input: &[u8]) -> Grammar<'_> {
    let (client, _) = tag("refused connect from ")(input)?;
    let plain = map(terminated(address::address, eof), |address| (None, address));
    let (_, (name, address)) = alt((plain, in_parentheses)).parse(client)?;
    Ok((&[], Finding::new(Kind::ConnectionRefused, address).hiding(name.map(Private::Host))))
}

/// `NAME (IP)`.
fn in_parentheses(input: &[u8]) -> IResult<&[u8], (Option<&[u8]>, IpAddr)> {
    let (before, ()) = ends(")")(input)?;
    let (name, inside) = after_last(" (")(before)?;
    map(terminated(address::address, eof), |address| (Some(name), address)).parse(inside)
}
