//! RouterOS: `TOPICS login failure for user NAME from IP via SERVICE`. The topics stand where others write their name.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::tail::{self, ends};
use crate::{Kind, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "routeros",
    programs: &[
        "system,error,critical",
        "system,error",
        "system,warning",
        "script,error",
        "winbox,error",
        "account,error",
    ],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["login failure for user "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    login(message).or_else(|| refused(message))
}

/// The user stands in front of the address. What came over a network is TCP.
fn login(message: &[u8]) -> Option<Finding<'_>> {
    let (before, _service) = split::last(message.strip_prefix(b"login failure for user ")?, b" via ")?;
    let (before, address) = tail::address(before).ok()?;
    let (user, ()) = ends(" from ")(before).ok()?;
    Some(Finding::new(Kind::FailedLogin, address).by(user))
}

/// `denied winbox/dude connect from IP`.
fn refused(message: &[u8]) -> Option<Finding<'_>> {
    let (service, address) = split::only(message.strip_prefix(b"denied ")?, b" connect from ")?;
    let address = crate::address::read(address)?;
    Some(Finding::new(Kind::ConnectionRefused, address).hiding(Some(Private::Detail(service))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_in_all_forms_of_remote_logging() {
        for banner in [
            "Nov 23 02:00:01 gw.example system,error,critical",
            "<30>Nov 23 02:00:01 gw system,error,critical",
            "<30>system,error,critical",
            "system,error,critical",
        ] {
            tells(
                "routeros",
                &format!(
                    "{banner} login failure for user a b from 192.0.2.1 via ssh from 203.0.113.7 via winbox"
                ),
                "failed-login 203.0.113.7 by a b from 192.0.2.1 via ssh",
            );
            tells(
                "routeros",
                &format!("{banner} login failure for user  from 2001:db8::7 via web"),
                "failed-login 2001:db8::7 by ",
            );
            tells(
                "routeros",
                &format!("{banner} denied winbox/dude connect from 203.0.113.7"),
                "connection-refused 203.0.113.7",
            );
            tells_nothing("routeros", &[&format!("{banner} user bob logged in from 203.0.113.7 via ssh")]);
        }
        tells_nothing("routeros", &["Nov 23 02:00:01 gw.example system,info log rule changed by admin"]);
    }
}
