//! Caddy's access log, which is JSON: `"logger":"http.log.access..."`, the request in an object of its own.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};
use crate::{address, json, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "caddy",
    programs: &[],
    units: &["caddy"],
    any_program: false,
    bare: Bare::Json("\"remote_ip\":"),
    grammar: Grammar::Web(event),
};

/// The peer of the connection is `remote_ip`; `client_ip` is what a trusted proxy says, and the same without one.
fn event<'a>(line: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let mut request = Request::of_words(&[]);
    let (mut client, mut peer) = (None, None);
    for member in json::members(line) {
        let value = member.value;
        match (member.parent, member.key) {
            (b"", b"status") if member.is_outer() => request.status = text::number(value)?,
            (b"", b"user_id") if member.is_outer() => {
                request.user = Some(value).filter(|user| !user.is_empty())
            }
            (b"request", b"remote_ip") => peer = address::read(value),
            (b"request", b"client_ip") => client = address::read(value),
            (b"request", b"remote_port") => request.port = text::number(value),
            (b"request", b"method") => request.method = value,
            (b"request", b"uri") => request = request.to(value),
            (b"request", b"host") => request.host = Some(Private::Host(value)),
            // The name of the server again.
            (b"tls", b"server_name") => request.rest = value,
            (b"User-Agent", b"User-Agent") => request.agent = Some(value),
            (b"Referer", b"Referer") => request.referrer = Some(value),
            _ => {}
        }
    }
    let port = request.port.filter(|_| client == peer);
    judge(&Request { address: client.or(peer)?, port, ..request }, rules)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn line(uri: &str, agent: &str, status: u16) -> String {
        format!(
            r#"{{"level":"info","ts":1795399201.5,"logger":"http.log.access.log0","msg":"handled request","request":{{"remote_ip":"203.0.113.7","remote_port":"4711","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"{uri}","headers":{{"User-Agent":["{agent}"],"Accept":["*/*"]}}}},"bytes_read":0,"user_id":"","duration":0.1,"size":12,"status":{status},"resp_headers":{{"Server":["Caddy"]}}}}"#
        )
    }

    #[test]
    fn probes_are_told_with_the_address_of_the_request() {
        tells("caddy", &line("/.git/config", "x", 404), "web-probe 203.0.113.7 port 4711");
        tells("caddy", &line("/", "sqlmap/1.7", 200), "scanner 203.0.113.7 port 4711");
        tells("caddy", &line("/nothing", "x", 404), "not-found 203.0.113.7 port 4711");
        tells_nothing("caddy", &[&line("/", "x", 200)]);
    }

    #[test]
    fn a_header_that_is_called_like_a_field_accuses_nobody() {
        let forged = line("/.env", r#"x"],"Remote_ip":["192.0.2.1"],"remote_ip":["192.0.2.1"#, 404);
        tells("caddy", &forged, "web-probe 203.0.113.7 port 4711");
    }
}
