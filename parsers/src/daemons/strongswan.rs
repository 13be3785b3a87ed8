//! strongSwan's charon: `NN[IKE] MESSAGE`. The messages that name a peer are about its first datagram, so it is a
//! claim.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "strongswan",
    programs: &["charon", "charon-systemd", "charon-nm", "ipsec"],
    units: &["strongswan", "strongswan-starter"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (thread, text) = split::first(message, b"[IKE] ")?;
    if !thread.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if let Some(rest) = text.strip_prefix(b"no IKE config found for ") {
        let (local, rest) = split::first(rest, b"...")?;
        let (address, _) = split::first(rest, b", sending ")?;
        let finding = Finding::new(Kind::NegotiationFailed, address::read(address)?).claimed();
        return Some(finding.hiding(Some(Private::LocalAddress(local))));
    }
    let (address, _) = split::between(text, b"ignoring IKE_SA setup from ", b", ")?;
    Some(Finding::new(Kind::RateLimited, address::read(address)?).claimed())
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn strangers_are_told_as_claims() {
        for banner in ["Nov 23 02:00:01 gate charon:", "Nov 23 02:00:01 gate charon-systemd[7]:"] {
            tells(
                "strongswan",
                &format!(
                    "{banner} 05[IKE] no IKE config found for 198.51.100.1...203.0.113.7, sending NO_PROPOSAL_CHOSEN"
                ),
                "negotiation-failed 203.0.113.7 claimed",
            );
            tells(
                "strongswan",
                &format!("{banner} 05[IKE] ignoring IKE_SA setup from 203.0.113.7, peer too aggressive"),
                "rate-limited 203.0.113.7 claimed",
            );
            tells_nothing("strongswan", &[&format!("{banner} 05[IKE] 203.0.113.7 is initiating an IKE_SA")]);
        }
    }
}
