//! Group-Office's info log: `LOGIN FAILED for user: "USER" from IP: IP`, the user before the address.

use crate::Kind;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::tail::{self, ends};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "groupoffice",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["LOGIN FAILED for user: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (named, address) = tail::address(message.strip_prefix(b"LOGIN FAILED for user: \"")?).ok()?;
    let (user, ()) = ends("\" from IP: ")(named).ok()?;
    Some(Finding::new(Kind::FailedLogin, address).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_whatever_the_user_is_called() {
        let opening = "[2026-11-23 02:00:01]LOGIN FAILED for user: \"a\" from IP: 192.0.2.1";
        tells(
            "groupoffice",
            &format!("{opening}\" from IP: 203.0.113.7"),
            "failed-login 203.0.113.7 by a\" from IP: 192.0.2.1",
        );
        tells_nothing(
            "groupoffice",
            &["[2026-11-23 02:00:01]LOGIN SUCCESS for user: \"bob\" from IP: 203.0.113.7"],
        );
    }
}
