//! The time inside a line of an access log (CLF): `IP - user [23/Nov/2026:02:00:01 +0100] "GET / HTTP/1.1" ...`.

use super::dmy;
use crate::Timestamp;
use crate::web::access;

/// The time of an access, if `line` has the shape of one.
pub(super) fn timestamp(line: &[u8]) -> Option<Timestamp> {
    dmy::timestamp(access::parts(line)?.time).ok().map(|(_, timestamp)| timestamp)
}
