//! What PAM says about a login over ssh: sshd's own lines about it (auth-pam.c), and those of the modules.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_until, take_while1};
use nom::character::complete::{alpha1, char, digit1, space0};
use nom::combinator::{eof, map, opt, rest, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::Grammar;
use crate::event::Finding;
use crate::event::Private;
use crate::repeat;
use crate::tail::{self, after_last, after_only, ends};
use crate::{Kind, address};

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((refused, failure, access_denied)).parse(input)
}

/// `PAM: REASON for [illegal user ]USER from IP[ via IP]`, the reason being PAM's (`pam_strerror`).
fn refused(input: &[u8]) -> Grammar<'_> {
    let with_for = tag("Have exhausted maximum number of retries for service");
    let (rest, _) = (tag("PAM: "), alt((with_for, take_until(" for "))), tag(" for ")).parse(input)?;
    let (rest, _) = opt(alt((tag("illegal user "), tag("invalid user ")))).parse(rest)?;
    let (user, (own, address, ())) = (opt(via), tail::address, ends(" from ")).parse(rest)?;
    let refused = Finding::new(Kind::PamFailure, address).by(user);
    Ok((&[], refused.hiding(own.map(Private::LocalAddress))))
}

/// From the right: ` via IP`, the own address, as macOS adds it.
fn via(input: &[u8]) -> IResult<&[u8], &[u8]> {
    map((tail::word, ends(" via ")), |(own, ())| own).parse(input)
}

/// Who wrote a line in the fields of pam_unix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    /// sshd, or a module that takes `logname` from the machine: only the last field is the attacker's.
    Fixed,
    /// A module that may put the attacker's user name into any field.
    Unknown,
}

/// `authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=IP[  user=USER]`, or
/// `N more authentication failures; ...`.
fn failure(input: &[u8]) -> Grammar<'_> {
    let (fields, (author, count)) = (author, number).parse(input)?;
    if author == Author::Unknown {
        after_only("rhost=")(fields)?;
    }
    let (rest, (logname, ruser)) = (logname, ruser).parse(fields)?;
    let (rest, address) = preceded(tag("rhost="), address::address).parse(rest)?;
    let (rest, user) = alt((value(None, eof), map(user, Some))).parse(rest)?;
    let failure = Finding { count, user, ..Finding::new(Kind::PamFailure, address) };
    Ok((rest, failure.hiding(Some(Private::User(logname))).hiding(Some(Private::User(ruser)))))
}

/// `pam_unix(sshd:auth): `, `(pam_unix) `, sshd's own `PAM `, or nothing (`sshd(pam_unix)[1]: `).
fn author(input: &[u8]) -> IResult<&[u8], Author> {
    let service =
        (char('('), alt((tag("sshd-session"), tag("sshd"), tag("ssh"))), char(':'), alpha1, tag("): "));
    let module = terminated(module, service);
    let own = alt((tag("PAM "), tag("(pam_unix) "), tag("")));
    alt((module, value(Author::Fixed, own))).parse(input)
}

fn module(input: &[u8]) -> IResult<&[u8], Author> {
    let name = take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_');
    map(preceded(tag("pam_"), name), |name: &[u8]| match name {
        b"unix" | b"sss" => Author::Fixed,
        _ => Author::Unknown,
    })
    .parse(input)
}

/// How many failures the line stands for.
fn number(input: &[u8]) -> IResult<&[u8], u32> {
    let more = terminated(repeat::count, (tag(" more authentication failure"), opt(char('s'))));
    terminated(alt((value(1, tag("authentication failure")), more)), tag("; ")).parse(input)
}

fn logname(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let ids = (tag(" uid="), digit1, tag(" euid="), digit1, char(' '));
    delimited(tag("logname="), text, ids).parse(input)
}

/// The terminal is always `ssh` (or `NODEVssh`) when sshd asks.
fn ruser(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let terminal = delimited(tag("tty="), verify(text, |tty: &[u8]| tty.ends_with(b"ssh")), char(' '));
    preceded(terminal, delimited(tag("ruser="), text, char(' '))).parse(input)
}

fn user(input: &[u8]) -> IResult<&[u8], &[u8]> {
    preceded((char(' '), space0, tag("user=")), rest).parse(input)
}

fn text(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_till(|byte| byte == b' ')(input)
}

/// ``pam_access(sshd:account): access denied for user `USER' from `IP'``.
fn access_denied(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = (tag("pam_access(sshd:"), alpha1, tag("): access denied for user `")).parse(input)?;
    let (rest, ()) = ends("'")(rest)?;
    let (user, from) = after_last("' from `")(rest)?;
    let (rest, address) = terminated(address::address, eof).parse(from)?;
    Ok((rest, Finding::new(Kind::UserNotAllowed, address).by(user)))
}
