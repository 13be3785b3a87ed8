//! Open WebMail: `- [PID] (IP) USER - WHAT - DETAIL`.
//!
//! It takes the address from the header `X-Forwarded-For` where there is one (get_clientip), so it is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "openwebmail",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["- ["]),
    grammar: Grammar::Message(event),
};

/// The client's words stand behind the address.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (pid, rest) = split::between(message, b"- [", b"] (")?;
    let (address, rest) = split::first(rest, b") ").filter(|_| pid.iter().all(u8::is_ascii_digit))?;
    let address = address::read(address)?;
    let (user, what) = split::first(rest, b" - ")?;
    let (kind, detail) = kind(what)?;
    Some(Finding::new(kind, address).claimed().by(user).hiding(Some(Private::Detail(detail))))
}

/// What happened. The modules for passwords answer -4 when it is wrong, and else when they are in trouble themselves.
fn kind(what: &[u8]) -> Option<(Kind, &[u8])> {
    if let Some(detail) = what.strip_prefix(b"login error - no such user") {
        return Some((Kind::InvalidUser, detail));
    }
    let (kind, rest) = match what.strip_prefix(b"login error - ") {
        Some(rest) => (Kind::FailedLogin, rest),
        None => (Kind::InvalidUser, what.strip_prefix(b"userinfo error - ")?),
    };
    split::first(rest, b", ret -4, ").map(|(_, detail)| (kind, detail))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "Mon Nov 23 02:00:01 2026 - [7] (203.0.113.7) bob -";

    #[test]
    fn a_failed_login_is_told() {
        for (text, kind) in [
            ("login error - no such user - loginname=bob", "invalid-user"),
            ("login error - auth_unix.pl, ret -4, Password incorrect", "failed-login"),
            ("userinfo error - auth_unix.pl, ret -4, User bob doesn't exist", "invalid-user"),
        ] {
            tells("openwebmail", &format!("{OPENING} {text}"), &format!("{kind} 203.0.113.7 by bob claimed"));
        }
        tells_nothing(
            "openwebmail",
            &[
                &format!("{OPENING} login - 5abc"),
                &format!("{OPENING} login error - auth_unix.pl, ret -3, Can't open /etc/shadow"),
            ],
        );
    }
}
