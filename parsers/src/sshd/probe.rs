//! Peers that do not speak ssh (sshd.c, kex.c), and those that tcp wrappers refuse.
//!
//! A name that does not map back to its address is no event, though old versions called it a possible break-in
//! attempt: it tells of a careless resolver, not of an attack.

use core::net::IpAddr;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::{eof, map, rest};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::{Grammar, found};
use crate::address;
use crate::tail::{self, after_last, ends};
use crate::{Event, Kind, Service};

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

/// `Bad protocol version identification 'TEXT' from IP[ port N]`: the text is the peer's.
fn foreign_protocol(input: &[u8]) -> Grammar<'_> {
    let (text, _) = tag("Bad protocol version identification '")(input)?;
    let (_, (peer, ())) = (tail::endpoint, ends("' from ")).parse(text)?;
    Ok((&[], found(Kind::BadProtocol, peer)))
}

/// `Protocol major versions differ for IP[ port N]: TEXT vs. TEXT`.
fn other_version(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(tag("Protocol major versions differ for "), address::endpoint);
    map((peer, tag(": "), rest), |(peer, _, _)| found(Kind::BadProtocol, peer)).parse(input)
}

/// `scanned from IP[ port N] with TEXT.  Don't panic.`
fn known_scanner(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(alt((tag("scanned from "), tag("probed from "))), address::endpoint);
    map((peer, tag(" with "), rest), |(peer, _, _)| found(Kind::BadProtocol, peer)).parse(input)
}

/// tcp wrappers: `refused connect from IP`, or `... from NAME (IP)`.
fn refused(input: &[u8]) -> Grammar<'_> {
    let (client, _) = tag("refused connect from ")(input)?;
    let plain = terminated(address::address, eof);
    let (rest, address) = alt((plain, in_parentheses)).parse(client)?;
    Ok((rest, Event::new(Service::Sshd, Kind::ConnectionRefused, address)))
}

fn in_parentheses(input: &[u8]) -> IResult<&[u8], IpAddr> {
    let (before, ()) = ends(")")(input)?;
    let (_, inside) = after_last(" (")(before)?;
    terminated(address::address, eof).parse(inside)
}
