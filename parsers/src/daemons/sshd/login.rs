//! Attempts to log in (auth.c, auth2.c, auth-options.c).

use crate::text;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_until, take_while1};
use nom::combinator::{eof, map, opt, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::{Grammar, found};
use crate::Kind;
use crate::address::{self, Endpoint};
use crate::event::{Finding, Private};
use crate::tail::{self, after_last, ends, refused, run};

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((failed, unknown, too_many, not_allowed, root_refused, key_from_elsewhere)).parse(input)
}

/// `Failed METHOD for [invalid user ]USER from IP port N ssh2[: KEY]`.
fn failed(input: &[u8]) -> Grammar<'_> {
    let (rest, kind) = delimited(tag("Failed "), map(method, refusal), tag(" for ")).parse(input)?;
    let (rest, _) = opt(unknown_user).parse(rest)?;
    attempt(kind, rest)
}

/// `password`, `keyboard-interactive/pam`. Without privilege separation the client chooses this word; `Failed login
/// for` is how Roundcube's messages begin.
fn method(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let word = take_while1(|byte: u8| byte.is_ascii_alphanumeric() || b"-/_@.".contains(&byte));
    verify(word, |method: &[u8]| method != b"login").parse(input)
}

fn refusal(method: &[u8]) -> Kind {
    match method {
        b"none" => Kind::FailedNone,
        b"publickey" | b"hostbased" | b"gssapi-with-mic" | b"gssapi-keyex" | b"rsa" => Kind::FailedKey,
        _ => Kind::FailedLogin,
    }
}

fn unknown_user(input: &[u8]) -> IResult<&[u8], &[u8]> {
    alt((tag("invalid user "), tag("illegal user "))).parse(input)
}

/// `USER from IP[ port N][ ssh2][: DETAILS]`.
///
/// The details name a key and its holder, and may be the client's own words (the name in its certificate, its local
/// user), as the user in front is: behind a key this counts only when there is a single way to read it.
fn attempt(kind: Kind, input: &[u8]) -> Grammar<'_> {
    let Some((text, details)) = reading(kind, input) else { return refused(input) };
    let (user, peer) = addressed(text)?;
    Ok((&[], found(kind, peer).by(user).hiding(details.map(Private::Detail))))
}

/// What stands before and behind the `: ` of the details; everything and nothing if there are none.
///
/// Only keys have details (`auth_log` in auth.c), so behind another method the last peer is the one that sshd wrote,
/// and what looks like details belongs to the user's name. Where the other reading names this machine itself, that
/// one is taken, as it can harm nobody.
fn reading(kind: Kind, input: &[u8]) -> Option<Reading<'_>> {
    let detailed = || before_details(input).filter(|(text, _)| has_shape(text));
    if kind != Kind::FailedKey && has_shape(input) {
        let is_here = |text| addressed(text).is_ok_and(|(_, peer)| peer.address.is_loopback());
        return detailed().find(|(text, _)| is_here(text)).or(Some((input, None)));
    }
    let mut readings = detailed().chain(has_shape(input).then_some((input, None)));
    match (readings.next(), readings.next()) {
        (Some(reading), None) => Some(reading),
        (None, None) if before_details(input).next().is_none() => Some((input, None)),
        _ => None,
    }
}

/// What stands before the details of a key, and the details.
type Reading<'a> = (&'a [u8], Option<&'a [u8]>);

/// What stands before and behind each `: ` that might begin the details.
fn before_details(input: &[u8]) -> impl Iterator<Item = Reading<'_>> {
    let is_end = |text: &[u8]| text.ends_with(b" ssh2") || text.ends_with(b" ssh1");
    let split = |colon| Some((input.get(..colon)?, Some(input.get(colon..)?.strip_prefix(b": ")?)));
    text::find_iter(input, b": ").filter_map(split).filter(move |(text, _)| is_end(text))
}

/// Whether `text` ends in ` from WORD port N[ ssh2]`. The word need not be an address: sshd also writes `UNKNOWN`
/// there, and old ones a name.
fn has_shape(text: &[u8]) -> bool {
    let port = (run(|byte| byte.is_ascii_digit()), ends(" port "));
    (opt(version), port, tail::word, ends(" from ")).parse(text).is_ok()
}

/// From the right: `USER from IP[ port N][ ssh2]`.
fn addressed(input: &[u8]) -> IResult<&[u8], Endpoint> {
    map((opt(version), tail::endpoint, ends(" from ")), |(_, peer, ())| peer).parse(input)
}

/// From the right: ` ssh2`.
fn version(input: &[u8]) -> IResult<&[u8], ()> {
    alt((ends(" ssh2"), ends(" ssh1"))).parse(input)
}

/// `Invalid user USER from IP[ port N]`.
fn unknown(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = alt((tag("Invalid user "), tag("Illegal user "))).parse(input)?;
    let (user, peer) = addressed(rest)?;
    Ok((&[], found(Kind::InvalidUser, peer).by(user)))
}

/// `maximum authentication attempts exceeded for [invalid user ]USER from IP port N ssh2`.
fn too_many(input: &[u8]) -> Grammar<'_> {
    let now = tag("maximum authentication attempts exceeded for ");
    let before = preceded(opt(tag("Disconnecting: ")), tag("Too many authentication failures for "));
    let (rest, _) = (alt((now, before)), opt(unknown_user)).parse(input)?;
    attempt(Kind::TooManyFailures, rest)
}

/// `User USER from IP not allowed because ...`; it may be a name instead of the address, which is not resolved.
fn not_allowed(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag("User ")(input)?;
    let (user, (_, address, ())) = (rule, tail::address, ends(" from ")).parse(rest)?;
    Ok((&[], Finding::new(Kind::UserNotAllowed, address).by(user)))
}

/// From the right: the rules whose messages have an address.
fn rule(input: &[u8]) -> IResult<&[u8], ()> {
    let (rest, ()) = alt((
        ends("listed in DenyUsers"),
        ends("not listed in AllowUsers"),
        ends("a group is listed in DenyGroups"),
        ends("not in any group"),
        ends("none of user's groups are listed in AllowGroups"),
    ))
    .parse(input)?;
    ends(" not allowed because ")(rest)
}

/// `ROOT LOGIN REFUSED FROM IP[ port N]`.
fn root_refused(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(tag("ROOT LOGIN REFUSED FROM "), address::endpoint);
    map(terminated(peer, eof), |peer| found(Kind::RootRefused, peer)).parse(input)
}

/// `Authentication tried for USER with correct key but not from a permitted host (host=NAME, ip=IP[, required=LIST]).`
/// or, for a certificate, `... source address (IP).`; since 7.7 behind `FILE:LINE: `, where the key stands.
fn key_from_elsewhere(input: &[u8]) -> Grammar<'_> {
    let opening = "Authentication tried for ";
    let file = verify(take_until(": Authentication tried for "), |file: &[u8]| file.starts_with(b"/"));
    let (rest, (file, _)) = (opt(terminated(file, tag(": "))), tag(opening)).parse(input)?;
    let (before, place) = after_last(" but not from a permitted ")(rest)?;
    let (user, ()) = alt((ends(" with correct key"), ends(" with valid certificate"))).parse(before)?;
    let named = delimited(tag("host (host="), take_until(", ip="), tag(", ip="));
    let nameless = alt((tag("host (ip="), tag("source address (")));
    let name = alt((map(named, Some), value(None, nameless)));
    let (rest, (host, address)) = (name, address::address).parse(place)?;
    let list = preceded(tag(", required="), permitted);
    let (_, list) = alt((map(list, Some), value(None, (tag(")"), opt(tag(".")), eof)))).parse(rest)?;
    let refused = Finding::new(Kind::UserNotAllowed, address).by(user).hiding(file.map(Private::Detail));
    Ok((&[], refused.hiding(host.map(Private::Host)).hiding(list.map(Private::Detail))))
}

/// The hosts and networks that the owner of the key permits.
fn permitted(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (list, ()) = alt((ends(")."), ends(")"))).parse(input)?;
    Ok((&[], list))
}
