//! The time of a line that is a JSON object, under one of the names that are in use.

use nom::Parser;
use nom::combinator::{all_consuming, map, opt};

use super::{epoch, iso};
use crate::{Timestamp, json};

const NAMES: [&[u8]; 5] = [b"time", b"ts", b"timestamp", b"@timestamp", b"StartUTC"];

/// The first time among the members of the object.
pub(super) fn timestamp(line: &[u8]) -> Option<Timestamp> {
    let is_time = |member: &json::Member<'_>| member.is_outer() && NAMES.contains(&member.key);
    json::members(line).filter(is_time).find_map(|member| read(member.value))
}

/// RFC 3339, or Unix seconds with a fraction or without.
fn read(value: &[u8]) -> Option<Timestamp> {
    let time = iso::timestamp.or(map((epoch::seconds, opt(epoch::exponent)), |(time, _)| time));
    all_consuming(time).parse(value).ok().map(|(_, timestamp)| timestamp)
}
