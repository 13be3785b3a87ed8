//! The time of a line that is a JSON object, under one of the names that are in use.

use nom::Parser;
use nom::combinator::{all_consuming, map, opt};

use super::{epoch, iso};
use crate::{Timestamp, json};

const NAMES: [&[u8]; 6] = [b"time", b"ts", b"t", b"timestamp", b"@timestamp", b"StartUTC"];

/// The first time among the members of the object.
pub(super) fn timestamp(line: &[u8]) -> Option<Timestamp> {
    let is_time = |member: &json::Member<'_>| match member.key {
        // MongoDB's extended JSON.
        b"$date" => member.parent == b"t",
        key => member.is_outer() && NAMES.contains(&key),
    };
    json::members(line).filter(is_time).find_map(|member| read(member.value))
}

/// RFC 3339, or Unix seconds with a fraction or without.
fn read(value: &[u8]) -> Option<Timestamp> {
    let time = iso::timestamp.or(map((epoch::seconds, opt(epoch::exponent)), |(time, _)| time));
    all_consuming(time).parse(value).ok().map(|(_, timestamp)| timestamp)
}
