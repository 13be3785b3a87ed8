//! lighttpd's error log (mod_auth.c, and http_auth.c before 1.4.46): `(FILE.c.LINE) MESSAGE IP: ADDRESS`.

use crate::{split, text};

use crate::Kind;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::tail::{self, ends};
use crate::web::WebRules;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "lighttpd",
    programs: &[],
    units: &["lighttpd"],
    any_program: false,
    bare: Bare::Opens(&["(mod_auth.c.", "(http_auth.c.", "mod_auth.c.", "(mod_fastcgi.c."]),
    grammar: Grammar::Web(event),
};

fn event<'a>(message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    login(message).or_else(|| script(message)).or_else(|| super::web::event(message, rules))
}

/// What PHP writes behind `(mod_fastcgi.c.N) FastCGI-stderr: `.
fn script(message: &[u8]) -> Option<Finding<'_>> {
    let (_, text) = split::between(message, b"(mod_fastcgi.c.", b") FastCGI-stderr: ")?;
    super::suhosin::event(text)
}

/// The user stands before the address, which is the last word.
fn login(message: &[u8]) -> Option<Finding<'_>> {
    let place = message.strip_prefix(b"(").unwrap_or(message);
    let text = place.strip_prefix(b"mod_auth.c.").or_else(|| place.strip_prefix(b"http_auth.c."))?;
    let text = text.get(text::find(text, b") ")? + 2..)?;
    let (before, address) = tail::address(text).ok()?;
    let (before, ()) = ends(" IP: ")(before).ok()?;
    let before = before.strip_suffix(b",").unwrap_or(before);
    if let Some(words) = before.strip_prefix(b"password doesn't match for ") {
        let at = text::find(words, b" username: ")?;
        let user = words.get(at + b" username: ".len()..)?;
        let path = words.get(..at).map(Private::Detail);
        return Some(Finding::new(Kind::FailedLogin, address).by(user).hiding(path));
    }
    if let Some(user) = before
        .strip_prefix(b"digest: auth failed for ")
        .and_then(|user| user.strip_suffix(b" : wrong password"))
    {
        return Some(Finding::new(Kind::FailedLogin, address).by(user.trim_ascii()));
    }
    let kind = if before == b"get_password failed" { Kind::InvalidUser } else { Kind::BadProtocol };
    (kind == Kind::InvalidUser || before.starts_with(b"digest: ")).then(|| Finding::new(kind, address))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_wrong_password_is_told_in_the_wordings_of_all_versions() {
        for banner in [
            "2026-11-23 02:00:01: (mod_auth.c.525)",
            "2026-11-23 02:00:01: (http_auth.c.875)",
            "Nov 23 02:00:01 gate lighttpd[7]: (mod_auth.c.853)",
        ] {
            for comma in ["", ","] {
                let line = format!(
                    "{banner} password doesn't match for /x/ username: a, IP: 192.0.2.1{comma} IP: 203.0.113.7"
                );
                tells("lighttpd", &line, "failed-login 203.0.113.7 by a, IP: 192.0.2.1");
            }
            tells(
                "lighttpd",
                &format!("{banner} digest: auth failed for  bob : wrong password, IP: 203.0.113.7"),
                "failed-login 203.0.113.7 by bob",
            );
            tells(
                "lighttpd",
                &format!("{banner} get_password failed, IP: 203.0.113.7"),
                "invalid-user 203.0.113.7",
            );
            tells(
                "lighttpd",
                &format!("{banner} digest: auth failed: uri mismatch (/a != /b), IP: 203.0.113.7"),
                "bad-protocol 203.0.113.7",
            );
            tells_nothing(
                "lighttpd",
                &[&format!("{banner} server started"), &format!("{banner} x IP: 203.0.113.7")],
            );
        }
    }
}
