//! Apache Guacamole: `Authentication attempt from IP for user "USER" failed.`, behind logback's or the JDK's own
//! banner.
//!
//! Behind a proxy it writes a list in brackets that the client can begin as it likes, so a list accuses nobody.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "guacamole",
    programs: &["tomcat", "tomcat7", "tomcat8", "tomcat9", "tomcat10", "guacd"],
    units: &["tomcat", "tomcat9", "tomcat10"],
    any_program: false,
    bare: Bare::Opens(&[
        "[http-",
        "[ajp-",
        "WARN",
        "Authentication attempt from ",
        "Blocking authentication attempt ",
    ]),
    grammar: Grammar::Message(event),
};

/// The address stands before the user.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_logger(message);
    if let Some(text) = text.strip_prefix(b"Blocking authentication attempt from address \"") {
        let (address, _) = split::first(text, b"\" due to number of authentication failures")?;
        return Some(Finding::new(Kind::TooManyFailures, address::read(address)?));
    }
    let (address, user) = split::between(text, b"Authentication attempt from ", b" for user \"")?;
    let user = user.strip_suffix(b"\" failed.")?;
    Some(Finding::new(Kind::FailedLogin, address::read(address)?).by(user))
}

/// Without `WARNING: ` or `[THREAD] WARN  LOGGER - `.
fn behind_logger(message: &[u8]) -> &[u8] {
    if let Some(text) = message.strip_prefix(b"WARNING: ") {
        return text;
    }
    let level = split::between(message, b"[", b"] ").map_or(message, |(_, rest)| rest);
    let Some(logger) = level.strip_prefix(b"WARN ") else { return message };
    split::first(logger, b" - ").map_or(message, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_behind_any_banner() {
        for banner in [
            "WARNING: ",
            "02:00:01.123 [http-nio-8080-exec-1] WARN  o.a.g.r.auth.AuthenticationService - ",
            "Nov 23 02:00:01 gate tomcat9[7]: 02:00:01.123 [http-nio-8080-exec-1] WARN  o.a.g.A - ",
        ] {
            let text = format!("{banner}Authentication attempt from 203.0.113.7 for user \"a - b\" failed.");
            tells("guacamole", &text, "failed-login 203.0.113.7 by a - b");
            tells_nothing(
                "guacamole",
                &[
                    &text.replace("203.0.113.7", "[192.0.2.1, 203.0.113.7]"),
                    &text.replace(" failed", " done"),
                ],
            );
        }
        let blocked = "Blocking authentication attempt from address \"203.0.113.7\" due to number of authentication failures.";
        tells("guacamole", blocked, "too-many-failures 203.0.113.7");
    }
}
