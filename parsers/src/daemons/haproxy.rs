//! HAProxy: its HTTP log, `IP:PORT [TIME] FRONTEND BACKEND/SERVER TIMERS STATUS BYTES .. "REQUEST"`, and what it says
//! of connections that never got that far, `IP:PORT [TIME] FRONTEND/LISTENER: ERROR`
//! (<https://docs.haproxy.org/dev/configuration.html#8.2>). The client's words stand behind its address.

use crate::address::Endpoint;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "haproxy",
    programs: &[],
    units: &["haproxy"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Web(event),
};

fn event<'a>(message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let (peer, text) = split::first(message, b" [")?;
    let peer = address::joined(peer)?;
    let (_, text) = split::first(text, b"] ")?;
    failed(text, peer).or_else(|| request(text, peer, rules))
}

fn failed(text: &[u8], peer: Endpoint) -> Option<Finding<'_>> {
    let (listener, error) = split::first(text, b": ")?;
    let openings: [(&[u8], Kind); 5] = [
        (b"SSL handshake failure", Kind::NegotiationFailed),
        (b"Connection error during SSL handshake", Kind::NegotiationFailed),
        (b"Timeout during SSL handshake", Kind::NoIdentification),
        (b"Received something which does not look like a PROXY protocol header", Kind::BadProtocol),
        (b"SSL client certificate not trusted", Kind::FailedKey),
    ];
    let (kind, _) = split::opening(error, &openings)?;
    let is_listener = !listener.contains(&b' ') && !listener.is_empty();
    is_listener.then(|| Finding::at(kind, peer).hiding(Some(Private::Detail(listener))))
}

fn request<'a>(text: &'a [u8], peer: Endpoint, rules: &WebRules) -> Option<Finding<'a>> {
    let (frontend, rest) = split::word(text)?;
    let (server, rest) = split::word(rest)?;
    let (_timers, rest) = split::word(rest)?;
    let (status, rest) = split::word(rest)?;
    // Bytes, two cookies, how it ended, connections and queues; then what the administrator captures.
    let mut rest = rest;
    for _ in 0..6 {
        (_, rest) = split::word(rest)?;
    }
    let (captured, words) = match rest.strip_prefix(b"\"") {
        Some(words) => (&[][..], words),
        None => split::first(rest, b" \"")?,
    };
    let words = words.strip_suffix(b"\"").unwrap_or(words);
    let request = Request::of_words(words);
    let (address, port, status) = (peer.address, peer.port, text::number(status)?);
    let finding = judge(&Request { address, port, status, ..request }, rules)?;
    Some(
        finding
            .hiding(Some(Private::Detail(frontend)))
            .hiding(Some(Private::Detail(server)))
            .hiding(Some(Private::Detail(captured))),
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "Nov 23 02:00:01 gate haproxy[7]: 203.0.113.7:4711 [23/Nov/2026:02:00:01.123]";

    fn line(status: u16, captured: &str, words: &str) -> String {
        format!("{OPENING} main app/app1 1/0/1/0/2 {status} 168 - - ---- 3/3/0/0/0 0/0 {captured}\"{words}\"")
    }

    #[test]
    fn requests_are_judged_as_those_of_any_web_server() {
        tells("haproxy", &line(404, "", "GET /.env HTTP/1.1"), "web-probe 203.0.113.7 port 4711");
        tells("haproxy", &line(404, "{a.example} ", "GET /.env HTTP/1.1"), "web-probe 203.0.113.7 port 4711");
        tells("haproxy", &line(401, "", "GET / HTTP/1.1"), "unauthorized 203.0.113.7 port 4711");
        tells("haproxy", &line(400, "", "<BADREQ>"), "bad-request 203.0.113.7 port 4711");
        tells_nothing("haproxy", &[&line(200, "", "GET / HTTP/1.1")]);
        let v6 = line(401, "", "GET / HTTP/1.1").replace("203.0.113.7:4711", "2001:db8::7:4711");
        tells("haproxy", &v6, "unauthorized 2001:db8::7 port 4711");
    }

    #[test]
    fn connections_that_failed_are_told() {
        tells(
            "haproxy",
            &format!("{OPENING} main/1: SSL handshake failure"),
            "negotiation-failed 203.0.113.7 port 4711",
        );
        tells(
            "haproxy",
            &format!("{OPENING} main/1: Timeout during SSL handshake"),
            "no-identification 203.0.113.7 port 4711",
        );
        tells_nothing("haproxy", &["Nov 23 02:00:01 gate haproxy[7]: Proxy main started."]);
    }
}
