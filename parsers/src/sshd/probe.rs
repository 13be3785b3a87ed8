//! Peers that do not speak ssh, or whose name looks wrong (sshd.c, kex.c, canohost.c, tcp wrappers).

use core::net::IpAddr;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::{eof, map, opt, rest};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::{Grammar, found};
use crate::address;
use crate::tail::{self, after_last, ends};
use crate::{Event, Kind, Service};

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((
        silent,
        foreign_protocol,
        other_version,
        known_scanner,
        no_reverse,
        other_reverse,
        numeric_name,
        refused,
    ))
    .parse(input)
}

/// `Did not receive identification string from IP[ port N]`.
fn silent(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(tag("Did not receive identification string from "), address::endpoint);
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

/// `reverse mapping checking getaddrinfo for NAME [IP] failed - POSSIBLE BREAK-IN ATTEMPT!`
fn no_reverse(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag("reverse mapping checking getaddrinfo for ")(input)?;
    let (rest, _) = (opt(break_in), opt(ends(".")), ends("] failed")).parse(rest)?;
    let (_, address) = tail_in(rest, " [")?;
    Ok((&[], Event::new(Service::Sshd, Kind::ReverseMapping, address)))
}

/// `Address IP maps to NAME, but this does not map back to the address[ - POSSIBLE BREAK-IN ATTEMPT!]`.
fn other_reverse(input: &[u8]) -> Grammar<'_> {
    let (rest, address) =
        preceded(tag("Address "), terminated(address::address, tag(" maps to "))).parse(input)?;
    (opt(break_in), opt(ends(".")), ends(", but this does not map back to the address")).parse(rest)?;
    Ok((&[], Event::new(Service::Sshd, Kind::ReverseMapping, address)))
}

/// `Nasty PTR record "NAME" is set up for IP, ignoring`.
fn numeric_name(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag("Nasty PTR record \"")(input)?;
    let (_, (_, address, ())) = (ends(", ignoring"), tail::address, ends("\" is set up for ")).parse(rest)?;
    Ok((&[], Event::new(Service::Sshd, Kind::ReverseMapping, address)))
}

/// From the right.
fn break_in(input: &[u8]) -> IResult<&[u8], ()> {
    alt((ends(" - POSSIBLE BREAK-IN ATTEMPT!"), ends(" - POSSIBLE BREAKIN ATTEMPT!"))).parse(input)
}

/// tcp wrappers: `refused connect from IP`, or `... from NAME (IP)`.
fn refused(input: &[u8]) -> Grammar<'_> {
    let (client, _) = tag("refused connect from ")(input)?;
    let plain = map(terminated(address::endpoint, eof), |peer| peer.address);
    let (_, address) = alt((plain, |input| tail_in(ends(")")(input)?.0, " ("))).parse(client)?;
    Ok((&[], Event::new(Service::Sshd, Kind::ConnectionRefused, address)))
}

/// The address between the last `opening` and the end.
fn tail_in<'a>(input: &'a [u8], opening: &'static str) -> IResult<&'a [u8], IpAddr> {
    let (_, inside) = after_last(opening)(input)?;
    terminated(address::address, eof).parse(inside)
}
