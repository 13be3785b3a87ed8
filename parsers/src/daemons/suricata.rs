//! Suricata: EVE JSON, and its alerts in one line, which are Snort's.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::json::Member;
use crate::{Kind, address, json, packet, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "suricata",
    programs: &[],
    units: &["suricata"],
    any_program: false,
    bare: Bare::Opens(&["{\"timestamp\":\"", "{\"flow_id\":", "{\"event_type\":", "@cee: {\"timestamp\":\""]),
    grammar: Grammar::Message(event),
};

/// What a record tells that matters here.
#[derive(Debug, Default)]
struct Record<'a> {
    kind: Option<&'a [u8]>,
    source: Option<IpAddr>,
    source_port: Option<u16>,
    destination: Option<&'a [u8]>,
    port: Option<&'a [u8]>,
    protocol: Option<&'a [u8]>,
    severity: Option<u8>,
    /// Whether a protocol was recognised in the stream, which the engine assembles only behind a handshake.
    has_stream: bool,
    to_client: bool,
    sensor: Option<&'a [u8]>,
    request: Span<'a>,
    payload: Span<'a>,
}

/// Strings that follow each other, from the first one's beginning to the last one's end.
#[derive(Debug, Default)]
struct Span<'a> {
    first: Option<&'a [u8]>,
    last: Option<&'a [u8]>,
    is_closed: bool,
}

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"@cee: ").unwrap_or(message);
    if !text.starts_with(b"{") {
        return super::snort::event(text);
    }
    let record = record(text);
    let kind = match (record.kind?, record.severity) {
        (b"alert", Some(1)) => Kind::SevereAlert,
        (b"alert", _) => Kind::IdsAlert,
        (b"drop", _) => Kind::PacketDropped,
        _ => return None,
    };
    // What a server of ours answers is told of as well.
    if record.to_client {
        return None;
    }
    let target = || packet::target(record.protocol?, record.port?);
    let is_proven = record.has_stream && record.protocol == Some(b"TCP") && kind != Kind::PacketDropped;
    let finding = Finding::new(kind, record.source?);
    let finding = if is_proven { Finding { port: record.source_port, ..finding } } else { finding.claimed() };
    let finding = Finding { target: target(), ..finding }
        .hiding(record.destination.map(Private::LocalAddress))
        .hiding(record.sensor.map(Private::Host))
        .hiding(record.request.text(text).map(Private::Detail))
        .hiding(record.payload.text(text).map(Private::Detail));
    Some(finding)
}

fn record(text: &[u8]) -> Record<'_> {
    let mut record = Record::default();
    for member in json::members(text) {
        let Member { key, value, parent, .. } = member;
        record.request.follow(text, value, matches!(parent, b"http" | b"tls" | b"smtp" | b"dns" | b"ssh"));
        let is_payload = matches!(key, b"payload" | b"payload_printable" | b"packet");
        record.payload.follow(text, value, member.is_outer() && is_payload);
        match (member.is_outer(), parent, key) {
            (true, _, b"event_type") => record.kind = Some(value),
            (true, _, b"src_ip") => record.source = address::read(value),
            (true, _, b"src_port") => record.source_port = text::number(value),
            (true, _, b"dest_ip") => record.destination = Some(value),
            (true, _, b"dest_port") => record.port = Some(value),
            (true, _, b"proto") => record.protocol = Some(value),
            (true, _, b"app_proto") => record.has_stream = true,
            (true, _, b"direction") => record.to_client = value == b"to_client",
            (true, _, b"host") => record.sensor = Some(value),
            (false, b"alert", b"severity") => record.severity = text::number(value),
            _ => {}
        }
    }
    record
}

impl<'a> Span<'a> {
    /// Takes a value in, if it is one of those that are meant and follows the last one.
    fn follow(&mut self, whole: &'a [u8], value: &'a [u8], is_meant: bool) {
        if self.is_closed || !is_meant || !is_string(whole, value) {
            self.is_closed |= self.first.is_some() && !is_meant;
            return;
        }
        self.first = self.first.or(Some(value));
        self.last = Some(value);
    }

    fn text(&self, whole: &'a [u8]) -> Option<&'a [u8]> {
        let last = self.last?;
        whole.get(offset(whole, self.first?)?..offset(whole, last)? + last.len())
    }
}

fn is_string(whole: &[u8], value: &[u8]) -> bool {
    let before = offset(whole, value).and_then(|start| whole.get(start.checked_sub(1)?));
    before == Some(&b'"')
}

fn offset(whole: &[u8], part: &[u8]) -> Option<usize> {
    part.as_ptr().addr().checked_sub(whole.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const ALERT: &str = r#"{"timestamp":"2026-11-23T02:00:01.123456+0000","flow_id":7,"in_iface":"eth0","event_type":"alert","src_ip":"203.0.113.7","src_port":4711,"dest_ip":"198.51.100.1","dest_port":80,"proto":"TCP","alert":{"action":"allowed","gid":1,"signature_id":2001,"rev":3,"signature":"ET WEB \"src_ip\":\"192.0.2.1\"","category":"x","severity":2},"http":{"hostname":"shop.example","url":"/?a=\",\"src_ip\":\"192.0.2.1\"","http_method":"GET"},"app_proto":"http","direction":"to_server","payload":"R0VU","payload_printable":"GET","stream":1,"host":"gate"}"#;

    #[test]
    fn an_alert_is_weighed_by_its_severity_and_proven_by_its_stream() {
        tells("suricata", ALERT, "ids-alert 203.0.113.7 port 4711 at 80");
        let severe = ALERT.replace("\"severity\":2", "\"severity\":1");
        tells("suricata", &severe, "severe-alert 203.0.113.7 port 4711 at 80");
        tells(
            "suricata",
            &severe.replace("\"app_proto\":\"http\",", ""),
            "severe-alert 203.0.113.7 at 80 claimed",
        );
        tells(
            "suricata",
            &format!("Nov 23 02:00:01 gate suricata[7]: {ALERT}"),
            "ids-alert 203.0.113.7 port 4711 at 80",
        );
        tells(
            "suricata",
            r#"{"event_type":"drop","src_ip":"2001:db8::7","src_port":4711,"dest_ip":"2001:db8:1::1","dest_port":53,"proto":"UDP","drop":{"len":60}}"#,
            "packet-dropped 2001:db8::7 at 53 claimed",
        );
    }

    #[test]
    fn what_a_server_answers_and_what_is_only_recorded_is_nothing() {
        tells_nothing(
            "suricata",
            &[
                &ALERT.replace("to_server", "to_client"),
                &ALERT.replace("\"event_type\":\"alert\"", "\"event_type\":\"http\""),
                &ALERT.replace("203.0.113.7", "203.0.113.007"),
            ],
        );
    }

    #[test]
    fn a_fast_alert_is_read_behind_the_program() {
        tells(
            "suricata",
            "Nov 23 02:00:01 gate suricata[7]: [Drop] [1:2001:3] ET SCAN [Classification: x] [Priority: 1] {UDP} 203.0.113.7:4711 -> 198.51.100.1:161",
            "severe-alert 203.0.113.7 at 161 claimed",
        );
    }
}
