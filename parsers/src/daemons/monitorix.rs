//! The web server inside Monitorix (HTTPServer.pm): `- NOTEXIST - [IP] File does not exist: PATH`.
//!
//! The address stands before the path.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "monitorix",
    programs: &[],
    units: &["monitorix"],
    any_program: false,
    bare: Bare::Opens(&["- NOTEXIST - ", "- NOTALLOWED - ", "- AUTHERR - "]),
    grammar: Grammar::Web(event),
};

fn event<'a>(message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let (_, rest) = text::between(message, b"- ", b" - ")?;
    let (address, text) = text::between(rest, b"[", b"] ")?;
    let address = address::read(address)?;
    let (text, path) = split::first(text, b": ")?;
    let refused = |kind| Some(Finding::new(kind, address).hiding(Some(Private::Query(path))));
    match text {
        b"Authentication error" => refused(Kind::FailedLogin),
        b"Access not allowed" => refused(Kind::Forbidden),
        b"File does not exist" => {
            let request = Request { address, method: b"GET", status: 404, ..Request::of_words(path) };
            judge(&request.to(path), rules)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refusals_are_told_and_probes_judged() {
        let line = |text: &str| format!("Mon Nov 23 02:00:01 2026 - {text}");
        tells(
            "monitorix",
            &line("AUTHERR - [203.0.113.7] Authentication error: /monitorix/"),
            "failed-login 203.0.113.7",
        );
        tells(
            "monitorix",
            &line("NOTALLOWED - [203.0.113.7] Access not allowed: /monitorix/"),
            "forbidden 203.0.113.7",
        );
        tells(
            "monitorix",
            &line("NOTEXIST - [203.0.113.7] File does not exist: /.env"),
            "web-probe 203.0.113.7",
        );
        tells(
            "monitorix",
            &line("NOTEXIST - [203.0.113.7] File does not exist: /x"),
            "not-found 203.0.113.7",
        );
        tells_nothing("monitorix", &[&line("OK - [203.0.113.7] \"GET /x - a\"")]);
    }
}
