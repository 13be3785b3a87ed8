//! Monitorix' own web server: `- TYPE - [IP] TEXT: URL`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "monitorix",
    programs: &[],
    units: &["monitorix"],
    any_program: false,
    bare: Bare::Opens(&["- NOT", "- AUTHERR", "- ERROR"]),
    grammar: Grammar::Web(event),
};

/// The client's words stand behind its address.
fn event<'a>(message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let (_what, rest) = split::between(message, b"- ", b" - [").filter(|(what, _)| what.len() < 12)?;
    let (address, rest) = split::first(rest, b"] ")?;
    let (text, url) = split::first(rest, b": ")?;
    let request =
        Request { address: address::read(address)?, method: b"GET", status: 404, ..Request::of_words(&[]) };
    let request = request.to(url);
    let refused = |kind| Finding::new(kind, request.address).hiding(Some(Private::Query(request.query)));
    match text {
        b"File does not exist" => judge(&request, rules),
        b"Access not allowed" => Some(refused(Kind::Forbidden)),
        b"Authentication error" => Some(refused(Kind::FailedLogin)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn what_was_refused_is_told() {
        for (text, kind) in [
            ("NOTEXIST - [203.0.113.7] File does not exist: /favicon.ico", "not-found"),
            ("ERROR - [203.0.113.7] File does not exist: /manager/html", "web-probe"),
            ("NOTALLOWED - [203.0.113.7] Access not allowed: /monitorix/", "forbidden"),
            ("AUTHERR - [203.0.113.7] Authentication error: /monitorix/?x: [192.0.2.1] y", "failed-login"),
        ] {
            tells("monitorix", &format!("Mon Nov 23 02:00:01 2026 - {text}"), &format!("{kind} 203.0.113.7"));
        }
        tells_nothing("monitorix", &["Mon Nov 23 02:00:01 2026 - OK - [203.0.113.7] \"GET /x - curl\""]);
    }
}
