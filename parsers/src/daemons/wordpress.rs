//! WordPress with a plugin that logs to syslog (WP fail2ban): `Authentication failure for USER from IP`, the user
//! before the address.

use crate::Kind;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::split;
use crate::tail::{self, ends};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "wordpress",
    programs: &["wp"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&[
        "Authentication ",
        "Blocked ",
        "XML-RPC ",
        "REST authentication ",
        "Pingback ",
        "Spam",
    ]),
    grammar: Grammar::Message(event),
};

/// Openings that words of the client follow.
const NAMED: [(&[u8], Kind); 10] = [
    (b"Authentication failure for ", Kind::FailedLogin),
    (b"Authentication attempt for unknown user ", Kind::InvalidUser),
    (b"REST authentication failure for ", Kind::FailedLogin),
    (b"REST authentication attempt for unknown user ", Kind::InvalidUser),
    (b"XML-RPC authentication failure for ", Kind::FailedLogin),
    (b"XML-RPC authentication attempt for unknown user ", Kind::InvalidUser),
    (b"Blocked authentication attempt for ", Kind::UserNotAllowed),
    (b"Pingback error ", Kind::BadRequest),
    (b"Spam comment ", Kind::FilteredRequest),
    (b"Spam ", Kind::FilteredRequest),
];

/// Messages that have none.
const PLAIN: [(&[u8], Kind); 7] = [
    (b"Blocked user enumeration attempt", Kind::WebProbe),
    (b"Blocked username authentication attempt", Kind::UserNotAllowed),
    (b"Blocked access", Kind::UserNotAllowed),
    (b"XML-RPC multicall authentication failure", Kind::FailedLogin),
    (b"XML-RPC authentication failure", Kind::FailedLogin),
    (b"Authentication failure", Kind::FailedLogin),
    (b"Spammed comment", Kind::FilteredRequest),
];

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (text, address) = tail::address(message.trim_ascii_end()).ok()?;
    let (text, ()) = ends(" from ")(text).ok()?;
    if let Some((_, kind)) = PLAIN.iter().find(|(plain, _)| *plain == text) {
        return Some(Finding::new(*kind, address));
    }
    let (kind, user) = split::opening(text, &NAMED)?;
    Some(Finding::new(kind, address).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_whatever_the_user_is_called() {
        let banner = "Nov 23 02:00:01 gate wordpress(shop.example)[7]:";
        tells(
            "wordpress",
            &format!("{banner} Authentication failure for a from 192.0.2.1 from 203.0.113.7"),
            "failed-login 203.0.113.7 by a from 192.0.2.1",
        );
        tells(
            "wordpress",
            &format!("{banner} Authentication attempt for unknown user bob from 203.0.113.7"),
            "invalid-user 203.0.113.7 by bob",
        );
        tells(
            "wordpress",
            &format!("{banner} Blocked user enumeration attempt from 203.0.113.7"),
            "web-probe 203.0.113.7",
        );
        tells(
            "wordpress",
            &format!("{banner} XML-RPC multicall authentication failure from 203.0.113.7"),
            "failed-login 203.0.113.7",
        );
        tells_nothing(
            "wordpress",
            &[
                &format!("{banner} Accepted password for bob from 203.0.113.7"),
                &format!("{banner} Pingback requested from 203.0.113.7"),
            ],
        );
    }
}
