//! What the tests of the grammars share.

use crate::{Grammars, Line, Provenance};

/// `KIND ADDRESS[ port N][ at N][ by USER][ claimed]` for a line of this service, without a banner or behind one; or
/// nothing. `at` is the port that a packet was for. Naming the service must not change what is found.
pub(crate) fn told(service: &str, raw: &str) -> Option<String> {
    let service = service.parse().unwrap();
    let line = Line::parse(raw.as_bytes());
    let event = Grammars::shipped().parse(Some(service), &line)?;
    assert_eq!(event.service, service);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let port = event.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let target = event.target.filter(|target| !target.is_empty() && target.iter().all(u8::is_ascii_digit));
    let target = target.map(|target| format!(" at {}", text(target))).unwrap_or_default();
    let user = event.user.map(|user| format!(" by {}", text(user))).unwrap_or_default();
    let claimed = if event.provenance == Provenance::Claimed { " claimed" } else { "" };
    Some(format!("{} {}{port}{target}{user}{claimed}", event.kind, event.address))
}

#[track_caller]
pub(crate) fn tells(service: &str, raw: &str, expected: &str) {
    assert_eq!(told(service, raw).as_deref(), Some(expected), "{raw}");
}

#[track_caller]
pub(crate) fn tells_nothing(service: &str, raw: &[&str]) {
    for raw in raw {
        assert_eq!(told(service, raw), None, "{raw}");
    }
}
