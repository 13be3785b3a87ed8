//! SOGo: `SOGoRootPage Login from 'IP[, IP ...]' for user 'USER' might not have worked - ...`.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "sogo",
    programs: &["sogod"],
    units: &["sogo"],
    any_program: false,
    bare: Bare::Opens(&["sogod [", "SOGoRootPage "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_process(message).strip_prefix(b"SOGoRootPage Login from '")?;
    let (peers, rest) = split::first(text, b"' for user '")?;
    let (user, _) = split::last(rest, b"' might not have worked")?;
    let finding = match address::read(peers) {
        Some(address) => Finding::new(Kind::FailedLogin, address),
        None => forwarded(peers)?,
    };
    Some(finding.by(user))
}

/// Without `sogod [PID]: `: SOGo puts a space where syslog puts none.
fn behind_process(message: &[u8]) -> &[u8] {
    let behind = || Some(split::between(message, b"sogod [", b"]: ")?.1);
    behind().unwrap_or(message)
}

/// `CLIENT, PROXY ...` (`X-Forwarded-For`): each proxy adds whom it heard, so the last address that is not of the own
/// network is the client, if the own network is honest.
fn forwarded(peers: &[u8]) -> Option<Finding<'_>> {
    const MOST: usize = 5;
    for peer in peers.rsplitn(MOST, |&byte| byte == b',') {
        let address = address::read(peer.trim_ascii())?;
        if !is_own_network(address) {
            return Some(Finding::new(Kind::FailedLogin, address).claimed());
        }
    }
    None
}

const fn is_own_network(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "Nov 23 02:00:01 sogod [7]: SOGoRootPage Login from";
    const END: &str = "might not have worked - password policy: 65535  grace: -1  expire: -1  bound: 0";

    #[test]
    fn a_failed_login_is_told() {
        tells(
            "sogo",
            &format!("{OPENING} '203.0.113.7' for user 'bob' {END}"),
            "failed-login 203.0.113.7 by bob",
        );
        let named = format!("{OPENING} '203.0.113.7' for user 'x' for user '192.0.2.1' {END}");
        tells("sogo", &named, "failed-login 203.0.113.7 by x' for user '192.0.2.1");
        tells_nothing("sogo", &[&format!("{OPENING} 'gate.example' for user 'bob' {END}")]);
    }

    #[test]
    fn a_client_behind_proxies_is_the_last_that_is_not_of_the_own_network_and_only_claimed() {
        for peers in ["192.0.2.1, 203.0.113.7, 10.0.0.1", "203.0.113.7, 10.0.0.1", "192.0.2.1,203.0.113.7"] {
            let line = format!("{OPENING} '{peers}' for user 'bob' {END}");
            tells("sogo", &line, "failed-login 203.0.113.7 by bob claimed");
        }
        tells_nothing("sogo", &[&format!("{OPENING} '203.0.113.7, unknown' for user 'bob' {END}")]);
    }
}
