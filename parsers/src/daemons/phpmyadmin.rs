//! phpMyAdmin (Logging.php): `user denied: USER (REASON) from IP`, the user before the address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::tail::{self, ends};
use crate::{Kind, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "phpmyadmin",
    programs: &["phpMyAdmin"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["user denied: "]),
    grammar: Grammar::Message(event),
};

pub(super) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (denied, address) = tail::address(message.strip_prefix(b"user denied: ")?).ok()?;
    let (denied, ()) = ends(") from ")(denied).ok()?;
    let (user, reason) = split::last(denied, b" (")?;
    let kind = match reason {
        b"mysql-denied" => Kind::FailedLogin,
        b"allow-denied" | b"root-denied" | b"empty-denied" => Kind::UserNotAllowed,
        _ => return None,
    };
    Some(Finding::new(kind, address).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_denied_user_is_told_whatever_its_name() {
        let banner = "Nov 23 02:00:01 gate phpMyAdmin[7]: user";
        tells(
            "phpmyadmin",
            &format!("{banner} denied: a (b) from 192.0.2.1 (mysql-denied) from 203.0.113.7"),
            "failed-login 203.0.113.7 by a (b) from 192.0.2.1",
        );
        tells(
            "phpmyadmin",
            &format!("{banner} denied: root (root-denied) from 203.0.113.7"),
            "user-not-allowed 203.0.113.7 by root",
        );
        tells_nothing(
            "phpmyadmin",
            &[
                &format!("{banner} ok: bob from 203.0.113.7"),
                &format!("{banner} denied: bob from 203.0.113.7"),
            ],
        );
    }
}
