//! Grafana's log, logfmt or JSON: `logger=context msg="Invalid username or password" remote_addr=IP`, and since
//! version 10 only the request, `msg="Request Completed" method=POST status=401 remote_addr=IP handler=/login`.
//!
//! It believes `X-Real-IP` of anybody, so the address is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::fields::fields;
use crate::{Kind, address, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "grafana",
    programs: &["grafana-server"],
    units: &["grafana-server", "grafana"],
    any_program: false,
    bare: Bare::Opens(&[
        "lvl=",
        "level=",
        "logger=",
        r#"{"error":"#,
        r#"{"db_call_count":"#,
        r#"{"duration":"#,
        r#"{"handler":"#,
        r#"{"level":"info","l"#,
        r#"{"level":"error","l"#,
        r#"{"level":"warn","l"#,
    ]),
    grammar: Grammar::Message(event),
};

/// What of a line decides.
#[derive(Default)]
struct Said<'a> {
    is_context: bool,
    text: &'a [u8],
    status: u16,
    handler: &'a [u8],
    user: Option<&'a [u8]>,
    path: Option<&'a [u8]>,
    referrer: Option<&'a [u8]>,
    error: &'a [u8],
}

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let mut said = Said::default();
    let mut peer = None;
    for (key, value) in fields(message) {
        match key {
            b"logger" => said.is_context = value == b"context",
            b"msg" => said.text = value,
            b"status" => said.status = text::number(value)?,
            b"handler" => said.handler = value,
            b"uname" => said.user = Some(value).filter(|user| !user.is_empty()),
            b"path" => said.path = Some(value),
            b"referer" => said.referrer = Some(value),
            b"error" => said.error = value,
            b"remote_addr" => peer = peer.or_else(|| address::peer(value)),
            _ => {}
        }
    }
    let finding = Finding::at(kind(&said)?, peer?).claimed();
    let finding = Finding { user: said.user, ..finding }.hiding(said.path.map(Private::Query));
    Some(finding.hiding(said.referrer.map(Private::Detail)))
}

fn kind(said: &Said<'_>) -> Option<Kind> {
    match (said.text, said.status) {
        _ if !said.is_context => None,
        (b"Invalid username or password", _) if said.error.eq_ignore_ascii_case(b"user not found") => {
            Some(Kind::InvalidUser)
        }
        (b"Invalid username or password" | b"Invalid API key", _) => Some(Kind::FailedLogin),
        (b"Request Completed", 401) if said.handler == b"/login" => Some(Kind::FailedLogin),
        (b"Request Completed", 401) => Some(Kind::Unauthorized),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_in_the_formats_of_all_versions() {
        let text = "msg=\"Invalid username or password\" logger=context userId=0 orgId=0 uname=";
        let old = format!(
            "t=2026-11-23T02:00:01+0100 lvl=eror {text} error=\"User not found\" remote_addr=203.0.113.7"
        );
        tells("grafana", &old, "invalid-user 203.0.113.7 claimed");
        let newer = format!(
            "logger=context t=2026-11-23T02:00:01.5Z level=error {text} error=x remote_addr=203.0.113.7"
        );
        tells("grafana", &newer, "failed-login 203.0.113.7 claimed");
        let newest = "logger=context userId=0 orgId=0 uname= t=2026-11-23T02:00:01Z level=info msg=\"Request Completed\" method=POST path=/login status=401 remote_addr=203.0.113.7 time_ms=9 handler=/login";
        tells("grafana", newest, "failed-login 203.0.113.7 claimed");
        tells(
            "grafana",
            &newest.replace("handler=/login", "handler=/api"),
            "unauthorized 203.0.113.7 claimed",
        );
        let json = r#"{"error":"x","level":"error","logger":"context","msg":"Invalid username or password","remote_addr":"203.0.113.7","t":"2026-11-23T02:00:01Z","uname":""}"#;
        tells("grafana", json, "failed-login 203.0.113.7 claimed");
    }

    #[test]
    fn a_path_with_fields_in_it_accuses_nobody() {
        let forged = "level=info msg=\"Request Completed\" logger=context method=GET path=\"/x status=401 remote_addr=192.0.2.1\" status=200 remote_addr=203.0.113.7";
        tells_nothing(
            "grafana",
            &[forged, "level=error msg=\"Invalid username or password\" remote_addr=203.0.113.7"],
        );
    }
}
