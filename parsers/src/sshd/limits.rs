//! What sshd does about peers that come too often (sshd.c, srclimit.c).

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_until};
use nom::character::complete::{alpha1, alphanumeric1, char, digit1, u8, u16};
use nom::combinator::{map, opt, rest, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::{Grammar, found};
use crate::address::{self, Endpoint};
use crate::event::Private;
use crate::{Event, Kind, Service};

pub(super) fn event(input: &[u8]) -> Grammar<'_> {
    alt((dropped, penalised)).parse(input)
}

/// `drop connection #N from [IP]:PORT on [IP]:PORT past MaxStartups`, or `... penalty: REASON`.
fn dropped(input: &[u8]) -> Grammar<'_> {
    let (rest, _) = (tag("drop connection #"), digit1, tag(" from [")).parse(input)?;
    let (rest, (address, _, port, _)) = (address::address, tag("]:"), u16, tag(" on [")).parse(rest)?;
    let (rest, (own, _, _, _)) =
        (take_till1(|byte| byte == b']'), tag("]:"), digit1, char(' ')).parse(rest)?;
    let (rest, kind) = cause(rest)?;
    let others = [Some(Private::LocalAddress(own)), None];
    Ok((rest, Event { others, ..found(kind, Endpoint { address, port: Some(port) }) }))
}

fn cause(input: &[u8]) -> IResult<&[u8], Kind> {
    let penalty = value(Kind::Penalised, preceded(tag("penalty"), rest));
    alt((penalty, value(Kind::Throttled, rest))).parse(input)
}

/// `srclimit_penalise: ipv4: new IP/32 active penalty of 5 seconds for penalty: REASON`; a wider network accuses
/// no single address.
fn penalised(input: &[u8]) -> Grammar<'_> {
    let family = delimited(opt((tag("srclimit_penalise"), tag(": "))), alphanumeric1, tag(": "));
    let (rest, _) = (family, alpha1, char(' ')).parse(input)?;
    let single = verify((address::address, preceded(char('/'), u8)), |(address, prefix)| {
        *prefix == if address.is_ipv4() { 32 } else { 128 }
    });
    let (rest, (address, _)) = terminated(single, take_until(" penalty of ")).parse(rest)?;
    map(preceded(tag(" penalty of "), nom::combinator::rest), |_| {
        Event::new(Service::Sshd, Kind::Penalised, address)
    })
    .parse(rest)
}
