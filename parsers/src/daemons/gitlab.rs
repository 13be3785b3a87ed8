//! GitLab's application log, plain or JSON: `Failed Login: username=USER ip=IP`; and the refusals of its rate limits.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::fields::fields;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "gitlab",
    programs: &[],
    units: &["gitlab", "gitlab-runsvdir"],
    any_program: false,
    bare: Bare::Opens(&["Failed Login: username=", r#"{"severity":"#]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    if !message.starts_with(b"{") {
        return failed(message);
    }
    let (mut text, mut address, mut path) = (None, None, None);
    for (key, value) in fields(message) {
        match key {
            b"message" => text = text.or(Some(value)),
            b"remote_ip" => address = address.or_else(|| address::read(value)),
            b"path" => path = Some(value),
            _ => {}
        }
    }
    match text? {
        b"Rack_Attack" => Some(Finding::new(Kind::RateLimited, address?).hiding(path.map(Private::Query))),
        text => failed(text),
    }
}

/// The user stands before the address.
fn failed(text: &[u8]) -> Option<Finding<'_>> {
    let (user, address) = split::last(text.strip_prefix(b"Failed Login: username=")?, b" ip=")?;
    Some(Finding::new(Kind::FailedLogin, address::read(address)?).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_in_both_formats() {
        let text = "Failed Login: username=a ip=192.0.2.1 ip=203.0.113.7";
        tells(
            "gitlab",
            &format!("2026-11-23T02:00:01.123Z: {text}"),
            "failed-login 203.0.113.7 by a ip=192.0.2.1",
        );
        let json = format!(r#"{{"severity":"INFO","time":"2026-11-23T02:00:01Z","message":"{text}"}}"#);
        tells("gitlab", &json, "failed-login 203.0.113.7 by a ip=192.0.2.1");
        tells_nothing(
            "gitlab",
            &["Failed Login: username=bob ip=203.0.113.7 x", &json.replace("Failed", "Passed")],
        );
    }

    #[test]
    fn a_request_over_the_limit_is_told() {
        let json = r#"{"severity":"ERROR","message":"Rack_Attack","env":"throttle","remote_ip":"203.0.113.7","path":"/users/sign_in"}"#;
        tells("gitlab", json, "rate-limited 203.0.113.7");
    }
}
