//! FreeSWITCH (sofia_reg.c): `SIP auth failure (METHOD) on sofia profile 'NAME' for [USER@HOST] from ip IP` and
//! `Can't find user [USER@HOST] from IP`. The address is the last word; most of SIP is UDP, so it is a claim.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::tail;
use crate::{Kind, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "freeswitch",
    programs: &[],
    units: &["freeswitch"],
    any_program: false,
    bare: Bare::Opens(&["[WARNING] ", "[WARN] ", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_place(message)?;
    let (rest, address) = tail::address(text).ok()?;
    let openings: [(&[u8], Kind); 3] = [
        (b"SIP auth failure (", Kind::FailedLogin),
        (b"SIP auth challenge (", Kind::FailedNone),
        (b"Can't find user [", Kind::InvalidUser),
    ];
    let (kind, _) = split::opening(text, &openings)?;
    let rest = rest.strip_suffix(b"] from ip ").or_else(|| rest.strip_suffix(b"] from "))?;
    let (_, user) = match kind {
        Kind::InvalidUser => split::first(rest, b"Can't find user [")?,
        _ => split::first(rest, b" for [")?,
    };
    Some(Finding::new(kind, address).claimed().by(user))
}

/// Behind `[82.43% ][WARNING] [[SOFIA] ]sofia_reg.c:1533 `, the load of the processor and the place in the source.
fn behind_place(message: &[u8]) -> Option<&[u8]> {
    let level = text::find(message.get(..16)?, b"[WARN")?;
    let (load, text) = message.split_at_checked(level)?;
    let is_load = load.iter().all(|byte| byte.is_ascii_digit() || b".% ".contains(byte));
    let (level, text) = split::first(text, b"] ").filter(|_| is_load)?;
    let text = text.strip_prefix(b"[SOFIA] ").unwrap_or(text);
    let (place, text) = split::word(text)?;
    let place = place.strip_prefix(b"[").unwrap_or(place);
    (matches!(level, b"[WARN" | b"[WARNING") && place.starts_with(b"sofia_reg.c:")).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failures_and_unknown_users_are_claims_behind_every_banner() {
        for banner in [
            "2026-11-23 02:00:01.123456 [WARNING] sofia_reg.c:2889",
            "2026-11-23 02:00:01.123456 82.43% [WARNING] sofia_reg.c:2889",
            "11-23 02:00:01.123456 [WARN] [SOFIA] [sofia_reg.c:2889]",
            "2026-11-23T02:00:01.123456 pbx freeswitch[7]: 2026-11-23 02:00:01.123456 [WARNING] sofia_reg.c:2889",
        ] {
            tells(
                "freeswitch",
                &format!("{banner} Can't find user [7@::1] from 203.0.113.7"),
                "invalid-user 203.0.113.7 by 7@::1 claimed",
            );
            for (what, kind) in [("failure", "failed-login"), ("challenge", "failed-none")] {
                tells(
                    "freeswitch",
                    &format!(
                        "{banner} SIP auth {what} (REGISTER) on sofia profile 'internal' for [7] from ip 192.0.2.1@x] from ip 203.0.113.7"
                    ),
                    &format!("{kind} 203.0.113.7 by 7] from ip 192.0.2.1@x claimed"),
                );
            }
        }
        tells_nothing(
            "freeswitch",
            &["2026-11-23 02:00:01.123456 [DEBUG] sofia.c:7954 IP 203.0.113.7 Rejected by acl \"domains\""],
        );
    }
}
