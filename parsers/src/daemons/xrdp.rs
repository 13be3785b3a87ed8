//! xrdp's session manager: `[INFO ] AUTHFAIL: user=NAME ip=IP time=SECONDS`. The name stands in front of the address.
//! xrdp itself logs words of its client and is not asked.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::tail::{self, ends};
use crate::{Kind, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "xrdp-sesman",
    programs: &[],
    units: &["xrdp-sesman"],
    any_program: false,
    bare: Bare::Opens(&["[INFO ] AUTHFAIL: ", "[INFO]  AUTHFAIL: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let levels: [(&[u8], ()); 2] = [(b"[INFO ] ", ()), (b"[INFO]  ", ())];
    let text = split::opening(message, &levels).map_or(message, |((), text)| text);
    let (before, time) = split::last(text.strip_prefix(b"AUTHFAIL: user=")?, b" time=")?;
    let (before, peer) = tail::word(before).ok()?;
    let address = crate::address::read(peer.strip_prefix(b"ip=")?)?;
    let (user, ()) = ends(" ")(before).ok()?;
    let is_time = !time.is_empty() && time.iter().all(u8::is_ascii_digit);
    is_time.then_some(Finding::new(Kind::FailedLogin, address).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const FORGED: &str = "x ip=192.0.2.1 time=1\\n[20261123-02:00:01] [INFO ] AUTHFAIL: user=y";

    #[test]
    fn a_failed_login_is_told_with_the_address_behind_the_name() {
        for banner in [
            "[20261123-02:00:01] [INFO ]",
            "[2026-11-23T02:00:01.123+0000] [INFO ]",
            "Nov 23 02:00:01 gate xrdp-sesman[7]: [INFO ]",
        ] {
            tells(
                "xrdp-sesman",
                &format!("{banner} AUTHFAIL: user={FORGED} ip=::ffff:203.0.113.7 time=1795399201"),
                &format!("failed-login 203.0.113.7 by {FORGED}"),
            );
            tells_nothing("xrdp-sesman", &[&format!("{banner} AUTHFAIL: user={FORGED}")]);
        }
    }

    #[test]
    fn what_xrdp_repeats_of_its_client_is_nothing() {
        let line = "Nov 23 02:00:01 gate xrdp[7]: [INFO ] AUTHFAIL: user=x ip=192.0.2.1 time=1";
        tells_nothing("xrdp-sesman", &[line]);
    }
}
