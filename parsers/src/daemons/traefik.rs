//! Traefik's access log in JSON; in the Common Log Format it is any web server's.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};
use crate::{address, json, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "traefik",
    programs: &[],
    units: &["traefik"],
    any_program: false,
    bare: Bare::Json("\"DownstreamStatus\":"),
    grammar: Grammar::Web(event),
};

fn event<'a>(line: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    if !line.starts_with(b"{") {
        return super::web::event(line, rules);
    }
    let mut request = Request::of_words(&[]);
    let mut address = None;
    for json::Member { key, value, .. } in json::members(line).filter(json::Member::is_outer) {
        match key {
            b"ClientHost" => address = address::read(value),
            b"ClientUsername" => request.user = Some(value).filter(|user| !matches!(*user, b"-" | b"")),
            b"ClientPort" => request.port = text::number(value),
            b"RequestMethod" => request.method = value,
            b"RequestPath" => request = request.to(value),
            b"RequestHost" => request.host = Some(Private::Host(value)),
            b"DownstreamStatus" => request.status = text::number(value)?,
            b"request_User-Agent" => request.agent = Some(value),
            b"request_Referer" => request.referrer = Some(value),
            _ => {}
        }
    }
    judge(&Request { address: address?, ..request }, rules)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn line(user: &str, path: &str, status: u16) -> String {
        format!(
            r#"{{"ClientAddr":"203.0.113.7:4711","ClientHost":"203.0.113.7","ClientPort":"4711","ClientUsername":"{user}","DownstreamStatus":{status},"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"{path}","RequestProtocol":"HTTP/1.1","request_User-Agent":"curl/8","time":"2026-11-23T02:00:01Z"}}"#
        )
    }

    #[test]
    fn refusals_and_probes_are_told() {
        tells("traefik", &line("bob", "/", 401), "failed-login 203.0.113.7 port 4711 by bob");
        tells("traefik", &line("-", "/.env", 404), "web-probe 203.0.113.7 port 4711");
        tells(
            "traefik",
            &line("-", "/?a=1\\u0026q=1%20union%20select", 200),
            "injection 203.0.113.7 port 4711",
        );
        tells_nothing("traefik", &[&line("bob", "/", 200)]);
    }

    #[test]
    fn a_header_that_looks_like_a_member_accuses_nobody() {
        let forged = line("-", "/.env", 404).replace("curl/8", r#"\",\"ClientHost\":\"192.0.2.1"#);
        tells("traefik", &forged, "web-probe 203.0.113.7 port 4711");
    }
}
