//! Times inside the records of the audit trail (`type=USER_AUTH msg=audit(1795399208.123:9): `) and of Oracle's mail
//! server (`<co ts="2026-11-23T02:00:01.12" `).

use crate::{Timestamp, text};

use super::{epoch, iso};

/// How far inside a record its time begins.
const REACH: usize = 128;

/// The time of a record, if `line` is one.
pub(super) fn timestamp(line: &[u8]) -> Option<Timestamp> {
    if let Some(rest) = line.strip_prefix(b"<co ts=\"").or_else(|| line.strip_prefix(b"<en ts=\"")) {
        return iso::timestamp(rest).ok().map(|(_, timestamp)| timestamp);
    }
    if !line.starts_with(b"type=") && !line.starts_with(b"node=") {
        return None;
    }
    let (_, rest) = text::split(line.get(..REACH.min(line.len()))?, b" msg=audit(")?;
    epoch::timestamp(rest).ok().map(|(_, timestamp)| timestamp)
}
