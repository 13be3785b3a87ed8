//! ZNC's module adminlog: `[USER] failed to login from IP[:PORT]`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::tail::{self, ends};
use crate::{Kind, address};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "znc",
    programs: &[],
    units: &["znc"],
    any_program: false,
    bare: Bare::Opens(&["["]),
    grammar: Grammar::Message(event),
};

/// The user stands in front of the address, and has neither a space nor a bracket.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (before, peer) = tail::word(message).ok()?;
    let (before, ()) = ends("] failed to login from ")(before).ok()?;
    let user = before.strip_prefix(b"[").filter(|user| !user.iter().any(|byte| b" ]".contains(byte)))?;
    let finding = match address::read(peer) {
        Some(address) => Finding::new(Kind::FailedLogin, address),
        None => Finding::at(Kind::FailedLogin, address::joined(peer)?),
    };
    Some(finding.by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told() {
        for banner in ["[2026-11-23 02:00:01]", "Nov 23 02:00:01 gate znc[7]:"] {
            tells(
                "znc",
                &format!("{banner} [bob] failed to login from 203.0.113.7:4711"),
                "failed-login 203.0.113.7 port 4711 by bob",
            );
            tells_nothing(
                "znc",
                &[
                    &format!("{banner} [bob] connected to ZNC from 203.0.113.7"),
                    &format!("{banner} [x] failed to login from 192.0.2.1] failed to login from 203.0.113.7"),
                    &format!("{banner} [php:notice] [pid 7] x] failed to login from 192.0.2.1"),
                ],
            );
        }
    }
}
