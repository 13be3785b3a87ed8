//! Froxlor: `[Login Action IP] Unknown user 'USER' tried to login.`, and since 2.0 `froxlor.WARNING: TEXT
//! {"source":"login", "action":"50","user":"IP"} []`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "froxlor",
    programs: &["Froxlor"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["[Login Action ", "froxlor.WARNING: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    match message.strip_prefix(b"froxlor.WARNING: ") {
        Some(text) => structured(text),
        None => written(message),
    }
}

/// The address stands before the words of the client.
fn written(message: &[u8]) -> Option<Finding<'_>> {
    let (address, text) = split::between(message, b"[Login Action ", b"] ")?;
    let (kind, user) = match text.strip_prefix(b"Unknown user '") {
        Some(rest) => (Kind::InvalidUser, rest.strip_suffix(b"' tried to login.")?),
        None => (
            Kind::FailedLogin,
            text.strip_prefix(b"User '")?.strip_suffix(b"' tried to login with wrong password.")?,
        ),
    };
    Some(Finding::new(kind, address::read(address)?).by(user))
}

/// The address stands behind them.
fn structured(text: &[u8]) -> Option<Finding<'_>> {
    let (text, fields) = split::last(text, b" {\"source\":\"login\",\"action\":\"50\",\"user\":\"")?;
    let (address, _) = split::first(fields, b"\"} [")?;
    let kind = match text {
        b"Unknown user tried to login." => Kind::InvalidUser,
        b"User tried to login with wrong password." => Kind::FailedLogin,
        _ => return None,
    };
    Some(Finding::new(kind, address::read(address)?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_in_both_formats() {
        let old = "Nov 23 02:00:01 gate Froxlor: [Login Action 203.0.113.7]";
        tells(
            "froxlor",
            &format!("{old} Unknown user 'bob' tried to login."),
            "invalid-user 203.0.113.7 by bob",
        );
        tells(
            "froxlor",
            &format!("{old} User 'bob' tried to login with wrong password."),
            "failed-login 203.0.113.7 by bob",
        );
        tells_nothing("froxlor", &[&format!("{old} User 'bob' logged in.")]);
        let fields = r#"{"source":"login","action":"50","user":"203.0.113.7"} []"#;
        tells(
            "froxlor",
            &format!("gate froxlor[7]: froxlor.WARNING: Unknown user tried to login. {fields}"),
            "invalid-user 203.0.113.7",
        );
        tells(
            "froxlor",
            &format!("froxlor.WARNING: User tried to login with wrong password. {fields}"),
            "failed-login 203.0.113.7",
        );
    }
}
