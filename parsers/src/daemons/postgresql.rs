//! PostgreSQL: `PREFIX FATAL:  no pg_hba.conf entry for host "IP", user "USER", ...`; and `PREFIX FATAL:  password
//! authentication failed for user "USER"` where the prefix (`log_line_prefix`) has the client, as `client=IP`,
//! `host=IP` or first of all.
//!
//! Each mark must stand there once. Which prefix the operator chose is not known, and the client chooses what some
//! have in it (user, database, application), line ends and all: a client can write whole lines into this log, so every
//! address in it is only claimed. The log in JSON escapes what it quotes.

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::fields::fields;
use crate::{Kind, json, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "postgresql",
    programs: &["postgres", "postmaster"],
    units: &["postgresql"],
    any_program: false,
    bare: Bare::Opens(&[
        "[1",
        "[2",
        "[3",
        "[4",
        "[5",
        "[6",
        "[7",
        "[8",
        "[9",
        "user=",
        "client=",
        "host=",
        "db=",
        "FATAL: ",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        r#"{"timestamp":"#,
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    if message.starts_with(b"{") {
        return structured(message);
    }
    let (prefix, text) = split::only(message, b"FATAL:  ")?;
    if let Some((openings, rest)) = refused(text) {
        let (address, rest) = split::first(rest, b"\"").filter(|_| text::find(prefix, openings).is_none())?;
        let finding = Finding::new(Kind::ConnectionRefused, address::read(address)?).claimed();
        return Some(
            finding.hiding(Some(Private::Detail(details(prefix)))).hiding(Some(Private::Detail(rest))),
        );
    }
    let (kind, user) = failed(text)?;
    let prefix = behind_process(prefix);
    let finding =
        Finding { user, ..Finding::at(kind, client(prefix, user.unwrap_or(b"[unknown]"))?).claimed() };
    let again =
        user.and_then(|_| split::between(prefix, b"user=", b",")).map(|(user, _)| Private::User(user));
    Some(finding.hiding(again))
}

/// `no pg_hba.conf entry for host "`.
fn refused(text: &[u8]) -> Option<(&'static [u8], &[u8])> {
    const OPENINGS: [&[u8]; 4] = [
        b"no pg_hba.conf entry for host \"",
        b"pg_hba.conf rejects connection for host \"",
        b"no pg_hba.conf entry for replication connection from host \"",
        b"pg_hba.conf rejects replication connection for host \"",
    ];
    OPENINGS.iter().find_map(|opening| Some((*opening, text.strip_prefix(*opening)?)))
}

/// A prefix without `[7]: ` and `[3-1] ` at its beginning, and without the separator.
fn behind_process(prefix: &[u8]) -> &[u8] {
    let mut text = prefix.trim_ascii();
    while let Some((_, rest)) = split::between(text, b"[", b"]") {
        text = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    }
    text
}

/// What a prefix tells of users and databases: all but what the line is recognised by.
fn details(prefix: &[u8]) -> &[u8] {
    if prefix.starts_with(b"[") && memchr::memchr(b']', prefix).is_some() {
        return behind_process(prefix);
    }
    let kept = memchr::memchr(b'=', prefix).map_or(2, |at| at + 1);
    prefix.get(kept..).unwrap_or_default().trim_ascii_end()
}

/// What failed, and the user.
fn failed(text: &[u8]) -> Option<(Kind, Option<&[u8]>)> {
    if text.starts_with(b"unsupported frontend protocol ")
        || text.starts_with(b"no PostgreSQL user name specified")
    {
        return Some((Kind::BadProtocol, None));
    }
    if let Some(role) = text.strip_prefix(b"role \"") {
        return Some((Kind::InvalidUser, Some(role.strip_suffix(b"\" does not exist")?)));
    }
    let (method, user) = split::first(text, b" authentication failed for user \"")?;
    let is_method = method.iter().all(|byte| byte.is_ascii_alphanumeric() || b"- ".contains(byte));
    Some((Kind::FailedLogin, Some(user.strip_suffix(b"\"").filter(|_| is_method)?)))
}

/// The client in a prefix. The message names the user again: what the prefix says must agree with it, and may not be
/// it.
fn client(prefix: &[u8], user: &[u8]) -> Option<Endpoint> {
    const MARKS: [&[u8]; 3] = [b"client=", b"host=", b"remote="];
    let count = |text| MARKS.iter().map(|mark| text::find_iter(text, mark).count()).sum::<usize>();
    if let Some(peer) = host_and_port(prefix) {
        return Some(peer).filter(|_| host_and_port(user).is_none());
    }
    let (before, rest) = MARKS.iter().find_map(|mark| split::first(prefix, mark))?;
    let agrees =
        before.is_empty() || split::between(before, b"user=", b",").is_some_and(|(named, _)| named == user);
    host_and_port(rest).filter(|_| agrees && count(prefix) == 1 && count(user) == 0)
}

/// `IP` or `IP(PORT)`, up to what may follow.
fn host_and_port(text: &[u8]) -> Option<Endpoint> {
    let end = text.iter().position(|byte| b" ,()]".contains(byte)).unwrap_or(text.len());
    let (host, rest) = text.split_at_checked(end)?;
    let port = split::between(rest, b"(", b")").and_then(|(port, _)| text::number(port));
    Some(Endpoint { address: address::read(host)?, port })
}

/// The members that tell an event, of the log in JSON.
const NEEDED: [&[u8]; 6] =
    [b"timestamp", b"user", b"remote_host", b"remote_port", b"error_severity", b"state_code"];

/// The log in JSON, since version 15.
fn structured(message: &[u8]) -> Option<Finding<'_>> {
    let (mut peer, mut port, mut state, mut severity) = (None, None, None, None);
    let mut user = None;
    for (key, value) in fields(message) {
        match key {
            b"remote_host" => peer = address::read(value),
            b"remote_port" => port = text::number(value),
            b"state_code" => state = Some(value),
            b"error_severity" => severity = Some(value),
            b"user" => user = Some(value),
            _ => {}
        }
    }
    // Appendix A of its manual: invalid_password, invalid_authorization_specification, protocol_violation.
    let kind = match state? {
        b"28P01" => Kind::FailedLogin,
        b"28000" => Kind::ConnectionRefused,
        b"08P01" | b"0A000" => Kind::BadProtocol,
        _ => return None,
    };
    let is_fatal = severity? == b"FATAL";
    let finding = Finding { user, port, ..Finding::new(kind, peer.filter(|_| is_fatal)?) };
    let others = json::others(message, |member| NEEDED.contains(&member.key));
    Some(others.map(Private::Detail).map(Some).fold(finding, Finding::hiding))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_host_that_may_not_connect_is_told() {
        let text = "FATAL:  no pg_hba.conf entry for host \"203.0.113.7\", user \"bob\", database \"x\", no encryption";
        for banner in [
            "2026-11-23 02:00:01.123 CET [7] ",
            "2026-11-23 02:00:01 UTC [7] bob@x ",
            "postgres[7]: [3-1] ",
            "2026-11-23 02:00:01 UTC ",
        ] {
            tells("postgresql", &format!("{banner}{text}"), "connection-refused 203.0.113.7 claimed");
        }
        let forged = "FATAL:  no pg_hba.conf entry for host \"192.0.2.1\"";
        tells_nothing(
            "postgresql",
            &[
                &format!("2026-11-23 02:00:01 UTC [7] {forged}@x {text}"),
                "2026-11-23 02:00:01 UTC [7] LOG:  connection received: host=203.0.113.7 port=5",
            ],
        );
    }

    #[test]
    fn a_wrong_password_is_told_where_the_prefix_has_the_client() {
        let text = "FATAL:  password authentication failed for user \"bob\"";
        for prefix in [
            "UTC [7]: user=bob,db=x,app=[unknown],client=203.0.113.7",
            "UTC [7] 203.0.113.7",
            "UTC [7]: host=203.0.113.7,user=bob",
        ] {
            let found = crate::testing::told("postgresql", &format!("2026-11-23 02:00:01 {prefix} {text}"));
            assert_eq!(found.as_deref(), Some("failed-login 203.0.113.7 by bob claimed"), "{prefix}");
        }
        tells(
            "postgresql",
            &format!("2026-11-23 02:00:01 UTC:203.0.113.7(4711):bob@x:[7]:{text}"),
            "failed-login 203.0.113.7 by bob claimed",
        );
        let forged = "2026-11-23 02:00:01 UTC [7]: user=client=192.0.2.1 ,db=x,client=203.0.113.7";
        tells_nothing(
            "postgresql",
            &[&format!("{forged} {text}"), &format!("2026-11-23 02:00:01.123 UTC [7] {text}")],
        );
    }

    #[test]
    fn a_prefix_that_its_client_wrote_accuses_nobody() {
        for (prefix, user) in [
            ("192.0.2.1(5) x@y", "192.0.2.1(5) x"),
            ("client=192.0.2.1 @y", "client=192.0.2.1 "),
            ("bob@x,client=192.0.2.1", "bob"),
            ("user=bob,client=192.0.2.1@y", "user=bob,client=192.0.2.1"),
        ] {
            let text = format!("[7] {prefix} FATAL:  password authentication failed for user \"{user}\"");
            tells_nothing("postgresql", &[&text]);
        }
    }

    #[test]
    fn json_is_told_by_its_state() {
        let json = r#"{"timestamp":"2026-11-23 02:00:01.123 UTC","user":"bob","remote_host":"203.0.113.7","remote_port":4711,"error_severity":"FATAL","state_code":"28P01","message":"x"}"#;
        tells("postgresql", json, "failed-login 203.0.113.7 port 4711 by bob");
        tells_nothing("postgresql", &[&json.replace("28P01", "57P01"), &json.replace("FATAL", "LOG")]);
    }
    #[test]
    fn only_what_tells_the_event_leaves_the_machine_in_json() {
        let raw = r#"{"timestamp":"2026-11-23 02:00:01.123 UTC","user":"bob","dbname":"shop","pid":7,"remote_host":"203.0.113.7","remote_port":4711,"session_id":"a.b","line_num":1,"ps":"authentication","error_severity":"FATAL","state_code":"28P01","message":"m","detail":"d","backend_type":"e"}"#;
        let (line, event) = crate::parse_line(None, raw.as_bytes()).unwrap();
        let mut text = raw.to_owned();
        let ranges: Vec<_> = crate::private_ranges(raw.as_bytes(), &line, &event).collect();
        ranges.into_iter().rev().for_each(|name| text.replace_range(name.range, "x"));
        assert_eq!(
            text,
            r#"{"timestamp":"2026-11-23 02:00:01.123 UTC","user":"x","dbname":"x","pid":7,"remote_host":"203.0.113.7","remote_port":4711,"session_id":"x","error_severity":"FATAL","state_code":"28P01","message":"x"}"#
        );
    }
}
