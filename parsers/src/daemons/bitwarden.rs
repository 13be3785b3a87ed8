//! Bitwarden's own server (BaseRequestValidator.cs): `Failed login attempt[, 2FA invalid]. IP`, behind the level or the
//! class that logs.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split, tail};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "bitwarden",
    programs: &["Bitwarden-Identity", "bitwarden-identity", "identity"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["[WRN] Failed login", "[Warning] Failed login", "[Bit."]),
    grammar: Grammar::Message(event),
};

/// No word of the client is in it.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = split::between(message, b"[", b"] ").map_or(message, |(_, text)| text);
    let reason = text.strip_prefix(b"Failed login attempt")?;
    let (reason, address) = match split::first(reason, b" IpAddress: ") {
        Some((reason, address)) => (reason, address::read(address)?),
        None => {
            let (reason, address) = tail::address(reason.trim_ascii_end()).ok()?;
            (reason.trim_ascii_end(), address)
        }
    };
    let is_known = [&b"."[..], b", 2FA invalid.", b". Is2FARequest: True", b". Is2FARequest: False"];
    is_known.contains(&reason).then(|| Finding::new(Kind::FailedLogin, address))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_in_the_wordings_of_all_versions() {
        for opening in [
            "2026-11-23 02:00:01.008 +08:00 [WRN] ",
            "[Warning] ",
            "[Bit.Core.X] ",
            "gate Bitwarden-Identity[1]: ",
        ] {
            for text in [
                ". 203.0.113.7",
                ", 2FA invalid. 203.0.113.7",
                ". Is2FARequest: False IpAddress: 203.0.113.7",
            ] {
                let line = format!("Nov 23 02:00:01 {opening}Failed login attempt{text}");
                let line = if opening.starts_with('g') {
                    line
                } else {
                    format!("{opening}Failed login attempt{text}")
                };
                tells("bitwarden", &line, "failed-login 203.0.113.7");
            }
        }
        tells_nothing(
            "bitwarden",
            &["[WRN] Failed login attempt for x. 203.0.113.7", "[WRN] Failed login attempt. a"],
        );
    }
}
