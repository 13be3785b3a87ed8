//! Solid POP3: `MESSAGE - IP`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "solid-pop3d",
    programs: &["spop3d"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&[
        "authentication failed: ",
        "authentication failed for ",
        "APOP authentication failed ",
    ]),
    grammar: Grammar::Message(event),
};

/// The user stands before the address, which is the last word.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    const OPENINGS: [(&[u8], Kind); 6] = [
        (b"authentication failed: no such user: ", Kind::InvalidUser),
        (b"authentication failed: can't map user name: ", Kind::InvalidUser),
        (b"authentication failed for user ", Kind::FailedLogin),
        (b"authentication failed for mapped user ", Kind::FailedLogin),
        (b"APOP authentication failed for user ", Kind::FailedLogin),
        (b"can't find APOP secret for user ", Kind::FailedLogin),
    ];
    let (text, address) = split::last(message, b" - ")?;
    let address = address::read(address)?;
    if text == b"root login not allowed" {
        return Some(Finding::new(Kind::UserNotAllowed, address));
    }
    let (kind, user) =
        OPENINGS.iter().find_map(|(opening, kind)| Some((*kind, text.strip_prefix(*opening)?)))?;
    Some(Finding::new(kind, address).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const DAEMON: &str = "Nov 23 02:00:01 mx solid-pop3d[7]:";

    #[test]
    fn a_failed_login_is_told() {
        for (text, kind) in [
            ("authentication failed: no such user: bob", "invalid-user"),
            ("authentication failed: can't map user name: bob", "invalid-user"),
            ("authentication failed for user bob", "failed-login"),
            ("authentication failed for mapped user bob", "failed-login"),
            ("APOP authentication failed for user bob", "failed-login"),
            ("can't find APOP secret for user bob", "failed-login"),
        ] {
            tells(
                "solid-pop3d",
                &format!("{DAEMON} {text} - 203.0.113.7"),
                &format!("{kind} 203.0.113.7 by bob"),
            );
        }
        tells(
            "solid-pop3d",
            &format!("{DAEMON} root login not allowed - 203.0.113.7"),
            "user-not-allowed 203.0.113.7",
        );
        let named = format!("{DAEMON} authentication failed for user x - 192.0.2.1 - 203.0.113.7");
        tells("solid-pop3d", &named, "failed-login 203.0.113.7 by x - 192.0.2.1");
        tells_nothing("solid-pop3d", &[&format!("{DAEMON} user bob authenticated - 203.0.113.7")]);
    }
}
