//! What tests of detection share.

use jiff::Timestamp;
use sentinel_parsers::{Kind, Provenance, Service};

use super::Hit;

/// The service that most tests are about.
pub(crate) fn sshd() -> Service {
    "sshd".parse().unwrap()
}

/// A wrong password from `address` at `at`, without a port.
pub(crate) fn failed_login(address: &str, at: Timestamp) -> Hit {
    Hit {
        address: address.parse().unwrap(),
        service: sshd(),
        kind: Kind::FailedLogin,
        provenance: Provenance::Proven,
        port: None,
        count: 1,
        user: None,
        target: None,
        at,
    }
}

/// A line that becomes evidence, where it does not matter which.
#[expect(clippy::unnecessary_wraps, reason = "a line that proves nothing is none")]
pub(crate) fn evidence() -> Option<Vec<u8>> {
    Some(b"sshd[1]: Failed password for user from 203.0.113.7 port 4711 ssh2".to_vec())
}
