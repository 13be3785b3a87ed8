//! Times in the middle of a line, which is a message as a whole: logfmt's `t=`, the records of the audit trail, and
//! those of Oracle's mail server.

use nom::Parser;
use nom::branch::alt;

use super::{epoch, iso};
use crate::fields::fields;
use crate::{Timestamp, split};

/// Fields that stand before the time.
const MOST_FIELDS: usize = 8;

/// How lines open that have their time in a field.
const OPENINGS: [&[u8]; 4] = [b"logger=", b"level=", b"type=", b"node="];

/// `logger=x t=2026-11-23T02:00:01Z ...`, `type=X msg=audit(1795399208.123:9): ...` or
/// `<co ts="2026-11-23T02:00:01.12" ...`.
pub(super) fn timestamp(line: &[u8]) -> Option<Timestamp> {
    if let Some(rest) = line.strip_prefix(b"<co ts=\"").or_else(|| line.strip_prefix(b"<en ts=\"")) {
        return iso::timestamp(rest).ok().map(|(_, timestamp)| timestamp);
    }
    if !OPENINGS.iter().any(|opening| line.starts_with(opening)) {
        return None;
    }
    fields(line)
        .take(MOST_FIELDS)
        .find_map(|(key, value)| match key {
            b"t" | b"ts" | b"time" => alt((iso::timestamp, epoch::seconds)).parse(value).ok(),
            b"msg" => epoch::timestamp(split::between(value, b"audit(", b":")?.0).ok(),
            _ => None,
        })
        .map(|(_, timestamp)| timestamp)
}
