//! Webmin and Usermin (miniserv.pl): `Invalid login as USER from IP`, the user before the address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::tail::{self, ends};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "webmin",
    programs: &["usermin", "virtualmin", "cloudmin"],
    units: &["webmin", "usermin"],
    any_program: false,
    bare: Bare::Opens(&["Invalid login as ", "Non-existent login as ", "Security alert: Host "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let message = message.trim_ascii_end();
    if let Some((address, rest)) = split::between(message, b"Security alert: Host ", b" blocked after ") {
        let (_, user) = split::first(rest, b" failed logins for user ")?;
        return Some(Finding::new(Kind::TooManyFailures, address::read(address)?).by(user));
    }
    let openings: [(&[u8], Kind); 5] = [
        (b"Invalid login as ", Kind::FailedLogin),
        (b"Non-existent login as ", Kind::InvalidUser),
        (b"Expired login as ", Kind::UserNotAllowed),
        (b"Locked login as ", Kind::UserNotAllowed),
        (b"Failed twofactor login as ", Kind::FailedLogin),
    ];
    let (kind, text) = split::opening(message, &openings)?;
    let (user, (address, ())) = nom::Parser::parse(&mut (tail::address, ends(" from ")), text).ok()?;
    Some(Finding::new(kind, address).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_whatever_the_user_is_called() {
        let banner = "Nov 23 02:00:01 gate webmin[7]:";
        tells(
            "webmin",
            &format!("{banner} Invalid login as a from 192.0.2.1 from 203.0.113.7 "),
            "failed-login 203.0.113.7 by a from 192.0.2.1",
        );
        tells(
            "webmin",
            &format!("{banner} Non-existent login as bob from 203.0.113.7"),
            "invalid-user 203.0.113.7 by bob",
        );
        let blocked = "Security alert: Host 203.0.113.7 blocked after 5 failed logins for user bob";
        tells("webmin", &format!("{banner} {blocked}"), "too-many-failures 203.0.113.7 by bob");
        tells_nothing(
            "webmin",
            &[
                &format!("{banner} Successful login as bob from 203.0.113.7"),
                &format!("{banner} Invalid login as bob from a.example"),
            ],
        );
    }
}
