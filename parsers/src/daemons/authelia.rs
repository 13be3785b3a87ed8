//! Authelia's log, logfmt or JSON: `level=error msg="..." method=POST path=/api/firstfactor remote_ip=IP`.
//!
//! It believes the first address of `X-Forwarded-For`, so the address is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::fields::fields;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "authelia",
    programs: &[],
    units: &["authelia"],
    any_program: false,
    bare: Bare::Opens(&["level=", r#"{"error":"#, r#"{"level":"error","m"#, r#"{"level":"warning","m"#]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (mut text, mut address, mut error) = (None, None, None);
    for (key, value) in fields(message) {
        match key {
            b"msg" => text = text.or(Some(value)),
            b"remote_ip" => address = address.or_else(|| address::read(value)),
            b"error" => error = Some(value),
            _ => {}
        }
    }
    let (kind, user) = told(text?)?;
    let finding = Finding::new(kind, address?).claimed().hiding(error.map(Private::Detail));
    Some(finding.by(user))
}

/// What happened, and the user.
fn told(text: &[u8]) -> Option<(Kind, &[u8])> {
    const NAMED: [&[u8]; 4] = [
        b"Credentials are wrong for user ",
        b"Credentials verification failed for user ",
        b"Error while checking password for user ",
        b"Unable to verify the password of user ",
    ];
    if let Some((_, user)) = split::between(text, b"Unsuccessful ", b" authentication attempt by user '") {
        return Some((Kind::FailedLogin, split::last(user, b"'").map_or(user, |(user, _)| user)));
    }
    if let Some(user) = NAMED.iter().find_map(|opening| text.strip_prefix(*opening)) {
        return Some((Kind::FailedLogin, user));
    }
    let (user, _) = split::last(text.strip_prefix(b"User ")?, b" is banned until ")?;
    Some((Kind::TooManyFailures, user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const ATTEMPT: &str = "Unsuccessful 1FA authentication attempt by user 'bob'";

    #[test]
    fn a_failed_factor_is_told_in_both_formats() {
        let text = format!(
            r#"time="2026-11-23T02:00:01+01:00" level=error msg="{ATTEMPT}" error="user not found" method=POST path=/api/firstfactor remote_ip=203.0.113.7 stack="a b""#
        );
        tells("authelia", &text, "failed-login 203.0.113.7 by bob claimed");
        let json = format!(
            r#"{{"level":"error","method":"POST","msg":"{ATTEMPT}","path":"/api/firstfactor","remote_ip":"2001:db8::7","time":"2026-11-23T02:00:01Z"}}"#
        );
        tells("authelia", &json, "failed-login 2001:db8::7 by bob claimed");
        let banned =
            "level=error msg=\"User bob is banned until 2026-11-23 03:00\" method=POST remote_ip=203.0.113.7";
        tells("authelia", banned, "too-many-failures 203.0.113.7 by bob claimed");
        let older = "level=error msg=\"Credentials are wrong for user bob\" remote_ip=203.0.113.7";
        tells("authelia", older, "failed-login 203.0.113.7 by bob claimed");
    }

    #[test]
    fn a_user_with_fields_in_the_name_accuses_nobody_else() {
        let text = r#"level=error msg="Unsuccessful 1FA authentication attempt by user 'x\" remote_ip=192.0.2.1 '" remote_ip=203.0.113.7"#;
        tells("authelia", text, r#"failed-login 203.0.113.7 by x\" remote_ip=192.0.2.1  claimed"#);
        tells_nothing(
            "authelia",
            &[
                "level=info msg=\"Successful 1FA authentication attempt made by user 'bob'\" remote_ip=203.0.113.7",
            ],
        );
    }
}
