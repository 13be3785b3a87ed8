//! How sshd names its peer in the messages about a connection (packet.c, `sshpkt_fmt_connection_id`):
//! `IP port N`, and once the peer has named a user, `authenticating user USER IP port N` or `invalid user USER IP
//! port N`. After the login it is `user USER IP port N`, which no grammar accepts: what a session does is no attack.

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::u16;
use nom::combinator::{all_consuming, map};
use nom::sequence::terminated;
use nom::{IResult, Parser};

use crate::address::{self, Endpoint};
use crate::tail::{self, after_last, after_only, ends};

/// The far end of a connection, and the user it claims to be.
#[derive(Clone, Copy)]
pub(super) struct Peer<'a> {
    pub(super) user: Option<&'a [u8]>,
    pub(super) endpoint: Endpoint,
}

/// A peer and nothing behind it.
pub(super) fn alone(input: &[u8]) -> IResult<&[u8], Peer<'_>> {
    let named = |input| {
        let (user, (endpoint, ())) = (tail::endpoint, ends(" ")).parse(claim(input)?.0)?;
        Ok((&[][..], Peer { user: Some(user), endpoint }))
    };
    alt((all_consuming(nameless), named)).parse(input)
}

/// A peer and `: `; leaves the text behind it, which sshd chose.
pub(super) fn before_own_words(input: &[u8]) -> IResult<&[u8], Peer<'_>> {
    alt((terminated(nameless, tag(": ")), named_before_words(after_last(" port ")))).parse(input)
}

/// A peer and `: `; leaves the text behind it, in which the peer had a say.
pub(super) fn before_any_words(input: &[u8]) -> IResult<&[u8], Peer<'_>> {
    alt((terminated(nameless, tag(": ")), named_before_words(after_only(" port ")))).parse(input)
}

fn nameless(input: &[u8]) -> IResult<&[u8], Peer<'_>> {
    map(address::endpoint, |endpoint| Peer { user: None, endpoint }).parse(input)
}

fn claim(input: &[u8]) -> IResult<&[u8], &[u8]> {
    alt((tag("authenticating user "), tag("invalid user "))).parse(input)
}

/// `split` finds the port that sshd wrote.
fn named_before_words<'a>(
    split: impl Fn(&'a [u8]) -> IResult<&'a [u8], &'a [u8]>,
) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], Peer<'a>> {
    move |input| {
        let (before, after) = split(claim(input)?.0)?;
        let (words, port) = terminated(u16, tag(": ")).parse(after)?;
        let (user, (address, ())) = (tail::address, ends(" ")).parse(before)?;
        Ok((words, Peer { user: Some(user), endpoint: Endpoint { address, port: Some(port) } }))
    }
}
