//! The end of a connection on which nobody logged in (packet.c, kex.c, sshd.c).
//!
//! A peer that named a user was in the middle of a login. One that named none may be a scanner or a monitoring
//! probe, and counts only when sshd says that there was no login: the same words end an ordinary session.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while1};
use nom::character::complete::{char, space0, u32};
use nom::combinator::{eof, map, map_opt, opt, rest, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::peer::{self, Peer};
use super::{Grammar, found};
use crate::Kind;
use crate::address::{self, Endpoint};
use crate::event::Finding;
use crate::event::Private;
use crate::tail::ends;

/// `SSH_DISCONNECT_KEY_EXCHANGE_FAILED`, which JSch gives when a password was refused.
const KEY_EXCHANGE_FAILED: u32 = 3;
/// `SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE` (RFC 4253, section 11.1).
const NO_MORE_METHODS: u32 = 14;

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((aborted, kicked_out, gave_up, broken, timed_out, too_slow, no_common_algorithm)).parse(input)
}

/// Messages that tell an attack only from before the login.
pub(super) fn before_login(input: &[u8]) -> Grammar<'_> {
    let ended = map(preceded(ending, peer::alone), |peer| peer.endpoint);
    let left = map(terminated(farewell, rest), |(peer, _)| peer);
    let read_error = preceded(tag("Read error from remote host "), peer::before_own_words);
    let lost = map(terminated(read_error, rest), |peer| peer.endpoint);
    map(alt((ended, left, lost)), |peer| found(Kind::NoLogin, peer)).parse(input)
}

/// `Connection closed by PEER`.
fn ending(input: &[u8]) -> IResult<&[u8], &[u8]> {
    alt((tag("Connection closed by "), tag("Connection reset by "), tag("Disconnected from "))).parse(input)
}

fn by<'a>(kind: Kind, peer: Peer<'a>) -> Finding<'a> {
    Finding { user: peer.user, ..found(kind, peer.endpoint) }
}

/// `Connection closed by authenticating user USER IP port N`.
fn aborted(input: &[u8]) -> Grammar<'_> {
    let named = verify(preceded(ending, peer::alone), |peer: &Peer<'_>| peer.user.is_some());
    map(named, |peer| by(Kind::LoginAborted, peer)).parse(input)
}

/// `Disconnecting invalid user USER IP port N: Too many authentication failures[ for USER]`.
fn kicked_out(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag("Disconnecting ")(input)?;
    alt((too_many_failures, too_many_failures_of_user, changed_user, broke_protocol)).parse(rest)
}

/// `Packet corrupt`, or `Protocol error: expected packet type N, got N` (packet.c).
fn broke_protocol(input: &[u8]) -> Grammar<'_> {
    let corrupt = value(Kind::BadPacket, tag("Packet corrupt"));
    let unexpected = (tag("Protocol error: expected packet type "), u32, tag(", got "), u32);
    let words = terminated(alt((corrupt, value(Kind::BadProtocol, unexpected))), eof);
    map((peer::before_own_words, words), |(peer, kind)| by(kind, peer)).parse(input)
}

fn too_many_failures(input: &[u8]) -> Grammar<'_> {
    let words = (tag("Too many authentication failures"), eof);
    map(terminated(peer::before_own_words, words), |peer| by(Kind::TooManyFailures, peer)).parse(input)
}

fn too_many_failures_of_user(input: &[u8]) -> Grammar<'_> {
    let words = preceded(tag("Too many authentication failures for "), rest);
    map((peer::before_any_words, words), |(peer, user)| {
        by(Kind::TooManyFailures, peer).hiding(Some(Private::User(user)))
    })
    .parse(input)
}

/// `Change of username or service not allowed: (USER,SERVICE) -> (USER,SERVICE)`.
fn changed_user(input: &[u8]) -> Grammar<'_> {
    let words = preceded(tag("Change of username or service not allowed: "), rest);
    map((peer::before_any_words, words), |(peer, users)| {
        by(Kind::LoginAborted, peer).hiding(Some(Private::User(users)))
    })
    .parse(input)
}

/// `Received disconnect from IP[ port N]: CODE: ` and the peer's own words.
fn farewell(input: &[u8]) -> IResult<&[u8], (Endpoint, u32)> {
    let peer = delimited(tag("Received disconnect from "), address::endpoint, char(':'));
    (peer, delimited(space0, u32, char(':'))).parse(input)
}

/// A farewell in which the client itself says that its credentials were refused.
fn gave_up(input: &[u8]) -> Grammar<'_> {
    let refused = |(peer, code, words): (Endpoint, u32, &[u8])| match code {
        NO_MORE_METHODS => Some(peer),
        KEY_EXCHANGE_FAILED if words.ends_with(b"Auth fail") => Some(peer),
        _ => None,
    };
    let farewell = map((farewell, rest), |((peer, code), words)| (peer, code, words));
    map(map_opt(farewell, refused), |peer| found(Kind::LoginAborted, peer)).parse(input)
}

/// `[FUNCTION: ]Connection from PEER: REASON`, the reason being one of sshd's own (ssherr.c).
fn broken(input: &[u8]) -> Grammar<'_> {
    let (connection, function) = terminated(opt(function), tag("Connection from ")).parse(input)?;
    let kind = if function == Some(b"banner exchange") { Kind::BadProtocol } else { Kind::BadPacket };
    map(terminated(peer::before_own_words, rest), |peer| by(kind, peer)).parse(connection)
}

/// `ssh_dispatch_run_fatal: ` or `banner exchange: `.
fn function(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let name = take_while1(|byte: u8| byte.is_ascii_lowercase() || byte == b'_');
    terminated(alt((tag("banner exchange"), name)), tag(": ")).parse(input)
}

/// `Connection from PEER timed out`.
fn timed_out(input: &[u8]) -> Grammar<'_> {
    let (rest, ()) = ends(" timed out")(input)?;
    map(preceded(tag("Connection from "), peer::alone), |peer| by(Kind::LoginTimeout, peer)).parse(rest)
}

/// `Timeout before authentication for IP[ port N]`, since 9.8 `... for connection from IP to IP, pid = N`.
fn too_slow(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag("Timeout before authentication for ")(input)?;
    alt((too_slow_between, map(terminated(address::endpoint, eof), |peer| found(Kind::LoginTimeout, peer))))
        .parse(rest)
}

fn too_slow_between(input: &[u8]) -> Grammar<'_> {
    let own = take_till1(|byte| b" ,".contains(&byte));
    let (rest, address) = delimited(tag("connection from "), address::address, tag(" to ")).parse(input)?;
    let (rest, (own, _, _, _)) = (own, tag(", pid = "), u32, eof).parse(rest)?;
    Ok((rest, Finding::new(Kind::LoginTimeout, address).hiding(Some(Private::LocalAddress(own)))))
}

/// `Unable to negotiate with PEER: no matching METHOD found. Their offer: ...`, the offer being the peer's.
fn no_common_algorithm(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(tag("Unable to negotiate with "), peer::before_any_words);
    map((peer, tag("no matching "), rest), |(peer, _, _)| by(Kind::NegotiationFailed, peer)).parse(input)
}
