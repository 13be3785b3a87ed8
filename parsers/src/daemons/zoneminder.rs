//! ZoneMinder: `web_php[PID].WAR [IP] [Login denied for user "USER"] at FILE line N`. In Apache's error log the same
//! text stands behind Apache's own banner, and is that grammar's.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "zoneminder",
    programs: &["web_php"],
    units: &["zoneminder"],
    any_program: false,
    bare: Bare::Opens(&["web_php[", "WAR [", "ERR ["]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = split::between(message, b"web_php[", b"].").map_or(message, |(_, text)| text);
    let text = [&b"WAR "[..], b"ERR "].iter().find_map(|level| text.strip_prefix(*level))?;
    let (address, text) = split::between(text, b"[", b"] ")?;
    let (kind, user) = denied(text)?;
    let (user, place) = split::last(user, b" at /").unwrap_or((user, &[]));
    let finding = Finding::new(kind, address::read(address)?).by(user);
    Some(finding.hiding(Some(Private::Detail(place))))
}

/// `[Login denied for user "USER"]` and its relatives; leaves the user and what follows.
pub(super) fn denied(text: &[u8]) -> Option<(Kind, &[u8])> {
    let openings: [(&[u8], Kind); 2] = [
        (b"[Login denied for user \"", Kind::FailedLogin),
        (b"[Could not retrieve user ", Kind::InvalidUser),
    ];
    split::opening(text, &openings)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_denied_login_is_told_in_its_own_log_and_in_that_of_apache() {
        let denied = "[Login denied for user \"bob\"]";
        let own = format!(
            "11/23/26 02:00:01.123456 web_php[7].WAR [203.0.113.7] {denied} at /usr/share/x.php line 7"
        );
        assert!(
            crate::testing::told("zoneminder", &own).unwrap().starts_with("failed-login 203.0.113.7 by bob")
        );
        let apache = format!(
            "[Mon Nov 23 02:00:01.5 2026] [php7:notice] [pid 7] [client 203.0.113.7:4711] ERR {denied}, referer: https://x/"
        );
        tells("apache", &apache, "failed-login 203.0.113.7 port 4711");
        tells(
            "apache",
            &apache.replace("Login denied for user \"bob\"", "Could not retrieve user bob details"),
            "invalid-user 203.0.113.7 port 4711",
        );
        tells_nothing("zoneminder", &["web_php[7].INF [203.0.113.7] [Login denied for user \"bob\"]"]);
    }
}
