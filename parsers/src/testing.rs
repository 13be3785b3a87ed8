//! What the tests of the grammars share.

use crate::{Grammars, Line, Provenance};

/// `KIND ADDRESS[ port N][ by USER][ claimed]` for a line of this service, without a banner or behind one; or nothing. Naming the
/// service must not change what is found.
pub(crate) fn told(service: &str, raw: &str) -> Option<String> {
    let service = service.parse().unwrap();
    let line = Line::parse(raw.as_bytes());
    let event = Grammars::shipped().parse(Some(service), &line)?;
    assert_eq!(event.service, service);
    let port = event.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let claimed = if event.provenance == Provenance::Claimed { " claimed" } else { "" };
    let user = event.user.map(|user| format!(" by {}", String::from_utf8_lossy(user))).unwrap_or_default();
    Some(format!("{} {}{port}{user}{claimed}", event.kind, event.address))
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
