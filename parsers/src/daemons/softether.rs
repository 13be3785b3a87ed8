//! SoftEther VPN: `Connection "CID-N": User authentication failed. The user name that has been provided was "NAME",
//! from IP.`

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "softethervpn",
    programs: &["vpnserver", "<SECURITY_LOG>"],
    units: &["softether-vpnserver", "vpnserver"],
    any_program: false,
    bare: Bare::Opens(&["Connection \"CID-"]),
    grammar: Grammar::Message(event),
};

/// The user stands before the address, which is the last of the line.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (_, text) = split::between(message, b"Connection \"CID-", b"\": ")?;
    let (before, address) = split::last(text.strip_suffix(b".")?, b"\", from ")?;
    let user =
        before.strip_prefix(b"User authentication failed. The user name that has been provided was \"")?;
    Some(Finding::new(Kind::FailedLogin, address::read(address)?).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const FAILED: &str = "User authentication failed. The user name that has been provided was";

    #[test]
    fn a_failed_login_is_told_from_its_own_file_and_from_syslog() {
        for banner in [
            "2026-11-23 02:00:01.123",
            "2026-11-23T02:00:01 gate  [vpn.example/VPN/hub] (2026-11-23 02:00:01.123) <SECURITY_LOG>:",
        ] {
            tells(
                "softethervpn",
                &format!(
                    "{banner} Connection \"CID-7\": {FAILED} \"x\", from 192.0.2.1.\", from 203.0.113.7."
                ),
                "failed-login 203.0.113.7 by x\", from 192.0.2.1.",
            );
            tells_nothing(
                "softethervpn",
                &[&format!("{banner} Connection \"CID-7\": Successfully authenticated as user \"bob\".")],
            );
        }
    }
}
