//! SquirrelMail with its plugin `squirrel_logger`: `[LOGIN_ERROR] USER (DOMAIN) from IP: REASON`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "squirrelmail",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["[LOGIN_ERROR] "]),
    grammar: Grammar::Message(event),
};

/// The client's words stand before its address, and the reason is the server's.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (who, rest) = split::last(message.strip_prefix(b"[LOGIN_ERROR] ")?, b" from ")?;
    let (rest, address) = address::address(rest).ok()?;
    let reason = rest.strip_prefix(b": ")?;
    let (user, domain) = split::last(who.strip_suffix(b")")?, b" (")?;
    let is_own = [&b"Connection dropped"[..], b"Error connecting"].iter().any(|own| reason.starts_with(own));
    let finding = Finding::new(Kind::FailedLogin, address).by(user).hiding(Some(Private::Host(domain)));
    (!is_own).then_some(finding)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "11/23/2026 02:00:01 [LOGIN_ERROR]";

    #[test]
    fn a_failed_login_is_told() {
        let reason = "Unknown user or password incorrect.";
        for (address, shown) in [("203.0.113.7", "203.0.113.7"), ("2001:db8::7", "2001:db8::7")] {
            let line = format!("{OPENING} bob (mail.example) from {address}: {reason}");
            tells("squirrelmail", &line, &format!("failed-login {shown} by bob"));
        }
        let named = format!("{OPENING} x (y) from 192.0.2.1: z (mail.example) from 203.0.113.7: {reason}");
        tells("squirrelmail", &named, "failed-login 203.0.113.7 by x (y) from 192.0.2.1: z");
        tells_nothing(
            "squirrelmail",
            &[
                "11/23/2026 02:00:01 [LOGIN] bob (mail.example) from 203.0.113.7: ",
                &format!("{OPENING} bob (mail.example) from 203.0.113.7: Connection dropped by IMAP server."),
            ],
        );
    }
}
