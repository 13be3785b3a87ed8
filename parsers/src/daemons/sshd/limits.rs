//! What sshd does about peers that come too often (sshd.c, srclimit.c).

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_until};
use nom::character::complete::{alphanumeric1, char, digit1, u16};
use nom::combinator::{opt, rest, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::{Grammar, found};
use crate::Kind;
use crate::address::{self, Endpoint};
use crate::event::{Finding, Private};

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((dropped, penalised)).parse(input)
}

/// `drop connection #N from [IP]:PORT on [IP]:PORT past MaxStartups`, or `... penalty: REASON`.
fn dropped(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = (tag("drop connection #"), digit1, tag(" from [")).parse(input)?;
    let (rest, (address, _, port, _)) = (address::address, tag("]:"), u16, tag(" on ")).parse(rest)?;
    let (rest, own) = terminated(take_till1(|byte| byte == b' '), char(' ')).parse(rest)?;
    let (rest, kind) = cause(rest)?;
    let peer = Endpoint { address, port: Some(port) };
    Ok((rest, found(kind, peer).hiding(Some(Private::LocalAddress(own)))))
}

fn cause(input: &[u8]) -> IResult<&[u8], Kind> {
    let penalty = value(Kind::Penalised, preceded(tag("penalty"), rest));
    alt((penalty, value(Kind::RateLimited, rest))).parse(input)
}

/// `srclimit_penalise: ipv4: new IP/32 active penalty of 5 seconds for penalty: REASON`, or
/// `srclimit_penalise: IP/32: activating ipv4 penalty of ...`.
fn penalised(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = opt(tag("srclimit_penalise: ")).parse(input)?;
    let new = preceded((alphanumeric1, tag(": new ")), address::single);
    let activated = terminated(address::single, tag(": activating"));
    let (rest, address) = alt((new, activated)).parse(rest)?;
    take_until(" penalty of ").parse(rest)?;
    Ok((&[], Finding::new(Kind::Penalised, address)))
}
