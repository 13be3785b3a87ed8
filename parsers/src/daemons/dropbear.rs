//! Dropbear (svr-auth.c, svr-authpasswd.c, svr-authpam.c, svr-authpubkey.c, svr-session.c).
//!
//! It writes addresses as `IP:PORT`, IPv6 without brackets.

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_till1, take_until};
use nom::character::complete::{char, digit1};
use nom::combinator::{all_consuming, eof, map, map_opt, not, opt, rest, value};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use crate::Kind;
use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar as DaemonGrammar};
use crate::event::{Finding, Private};
use crate::tail::{self, after_last, ends, refused};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "dropbear",
    programs: &[],
    units: &["dropbear"],
    any_program: false,
    bare: Bare::Opens(&[
        "Bad ",
        "bad ",
        "Too-long password",
        "Pubkey auth ",
        "Login attempt ",
        "login attempt ",
        "Client trying ",
        "Exit before auth",
        "exit before auth",
    ]),
    grammar: DaemonGrammar::Message(event),
};

type Grammar<'a> = IResult<&'a [u8], Finding<'a>>;

/// The event that a message of dropbear tells.
pub(crate) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let grammar = alt((wrong_password, wrong_key, unknown_user, wrong_user, several_users, exit));
    all_consuming(grammar).parse(message.trim_ascii_end()).ok().map(|(_, event)| event)
}

fn found<'a>(kind: Kind, peer: Endpoint) -> Finding<'a> {
    Finding::at(kind, peer)
}

/// From the right: ` from IP:PORT`.
fn from(input: &[u8]) -> IResult<&[u8], Endpoint> {
    map((map_opt(tail::word, address::joined), ends(" from ")), |(peer, ())| peer).parse(input)
}

/// `Bad password attempt for 'USER' from IP:PORT`.
fn wrong_password(input: &[u8]) -> Grammar<'_> {
    let method =
        alt((tag_no_case("bad password"), tag_no_case("bad PAM password"), tag("Too-long password")));
    let (rest, _) = (method, tag(" attempt for '")).parse(input)?;
    let (user, (peer, ())) = (from, ends("'")).parse(rest)?;
    Ok((&[], found(Kind::FailedLogin, peer).by(user)))
}

/// `Pubkey auth attempt with unknown algo for 'USER' from IP:PORT`, or
/// `Pubkey auth bad signature for 'USER' with key FINGERPRINT from IP:PORT`.
fn wrong_key(input: &[u8]) -> Grammar<'_> {
    let reason = alt((tag("attempt with unknown algo"), tag("bad signature")));
    let (rest, _) = (tag("Pubkey auth "), reason, tag(" for '")).parse(input)?;
    let (rest, peer) = from(rest)?;
    let (user, key) = alt((value(None, ends("'")), map(after_last("' with key "), Some))).parse(rest)?;
    Ok((&[], found(Kind::FailedKey, peer).by(user).hiding(key.map(Private::Detail))))
}

/// `Login attempt for nonexistent user[ 'USER'] from IP:PORT`.
fn unknown_user(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag_no_case("login attempt for nonexistent user").parse(input)?;
    let (named, peer) = from(rest)?;
    let quoted = preceded((opt(char(' ')), char('\'')), ends("'"));
    let (user, ()) = alt((quoted, value((), eof))).parse(named)?;
    let user = (!named.is_empty()).then_some(user);
    Ok((&[], Finding { user, ..found(Kind::InvalidUser, peer) }))
}

/// `Login attempt with wrong user USER from IP:PORT`.
fn wrong_user(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag("Login attempt with wrong user ")(input)?;
    let (user, peer) = from(rest)?;
    Ok((&[], found(Kind::UserNotAllowed, peer).by(user)))
}

/// `Client trying multiple usernames from IP:PORT`.
fn several_users(input: &[u8]) -> Grammar<'_> {
    let peer = preceded(tag("Client trying multiple usernames from "), map_opt(rest, address::joined));
    map(peer, |peer| found(Kind::FailedLogin, peer)).parse(input)
}

/// `Exit before auth[ from <IP:PORT>][:][ (user 'USER', N fails)]: REASON`.
fn exit(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = tag_no_case("exit before auth").parse(input)?;
    let (rest, (peer, account, _)) = (opt(peer), opt(account), tag(": ")).parse(rest)?;
    not(tag("(user '")).parse(rest)?;
    alt((|reason| max_tries(reason, peer, account), |reason| other_exit(reason, peer, account))).parse(rest)
}

/// ` from <IP:PORT>`, which versions before 2019.77 leave out.
fn peer(input: &[u8]) -> IResult<&[u8], Endpoint> {
    let address = map_opt(take_till1(|byte| byte == b'>'), address::joined);
    delimited(tag(" from <"), address, char('>')).parse(input)
}

/// ` (user 'USER', N fails)`. A user whose name has `', ` in it is not understood, and neither is the line.
fn account(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let opening = (opt(char(':')), tag(" (user '"));
    let closing = (tag("', "), digit1, tag(" fails)"));
    delimited(opening, take_until("', "), closing).parse(input)
}

/// `Max auth tries reached - user 'USER'[ from IP:PORT]`: the text says `is invalid` for a user that does not exist.
fn max_tries<'a>(reason: &'a [u8], peer: Option<Endpoint>, account: Option<&'a [u8]>) -> Grammar<'a> {
    let (rest, _) = tag("Max auth tries reached - user '")(reason)?;
    let (named, (later, ())) = (opt(from), ends("'")).parse(rest)?;
    let named = (named != b"is invalid").then_some(named);
    let again = account.and(named).map(Private::User);
    let event =
        |peer| Finding { user: account.or(named), ..found(Kind::TooManyFailures, peer) }.hiding(again);
    peer.or(later).map_or_else(|| refused(reason), |peer| Ok((&[][..], event(peer))))
}

fn other_exit<'a>(reason: &'a [u8], peer: Option<Endpoint>, user: Option<&'a [u8]>) -> Grammar<'a> {
    let timeout = value(Kind::LoginTimeout, (tag("Timeout before auth"), rest));
    let no_match = value(Kind::NegotiationFailed, (tag("No matching algo"), rest));
    let silent = if user.is_some() { Kind::LoginAborted } else { Kind::NoLogin };
    let kind = alt((timeout, no_match, value(silent, rest)));
    map_opt(kind, |kind| Some(Finding { user, ..found(kind, peer?) })).parse(reason)
}

#[cfg(test)]
mod tests;
