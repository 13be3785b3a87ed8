//! Fail2ban's own log: `[JAIL] Ban IP`.
//!
//! What it banned for is not in the line, and may have been a forged packet; so the address is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "fail2ban",
    programs: &["fail2ban-server", "fail2ban.actions"],
    units: &["fail2ban"],
    any_program: false,
    bare: Bare::Opens(&["fail2ban.actions"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_level(behind_logger(message)?);
    let (jail, address) = split::between(text, b"[", b"] Ban ")?;
    let address = address::read(address.trim_ascii_end())?;
    // The jail `recidive` bans whom the others have banned.
    let is_first = jail != b"recidive" && jail.iter().all(|byte| byte.is_ascii_graphic() && *byte != b']');
    is_first.then(|| Finding::new(Kind::BlockedElsewhere, address).claimed())
}

/// Without `fail2ban.actions        [PID]: `; nothing behind another logger.
fn behind_logger(message: &[u8]) -> Option<&[u8]> {
    let Some(rest) = message.strip_prefix(b"fail2ban.") else { return Some(message) };
    let (process, text) = split::between(rest, b"actions", b": ")?;
    process.iter().all(|&byte| byte.is_ascii_digit() || b" []".contains(&byte)).then_some(text)
}

/// Without `NOTICE  `, or `WARNING ` before 0.9.
fn behind_level(text: &[u8]) -> &[u8] {
    let rest = text.strip_prefix(b"NOTICE").or_else(|| text.strip_prefix(b"WARNING"));
    rest.map_or(text, <[u8]>::trim_ascii_start)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "2026-11-23 02:00:01,123 fail2ban.actions";

    #[test]
    fn a_ban_is_told_and_only_claimed() {
        for banner in [
            &format!("{OPENING}: NOTICE "),
            &format!("{OPENING}[7]: WARNING "),
            &format!("{OPENING}        [7]: NOTICE  "),
            "Nov 23 02:00:01 gate fail2ban-server[7]: fail2ban.actions        [7]: NOTICE  ",
            "Nov 23 02:00:01 gate fail2ban.actions[7]: NOTICE ",
            "gate fail2ban[7]: ",
        ] {
            let line = format!("{banner}[sshd] Ban 203.0.113.7");
            tells("fail2ban", &line, "blocked-elsewhere 203.0.113.7 claimed");
        }
    }

    #[test]
    fn what_is_no_ban_of_its_own_is_nothing() {
        tells_nothing(
            "fail2ban",
            &[
                &format!("{OPENING}: NOTICE [sshd] Unban 203.0.113.7"),
                &format!("{OPENING}: NOTICE [sshd] Restore Ban 203.0.113.7"),
                &format!("{OPENING}: NOTICE [recidive] Ban 203.0.113.7"),
                "2026-11-23 02:00:01,123 fail2ban.filter [7]: INFO [sshd] Found 203.0.113.7 - 2026-11-23 02:00:01",
                "2026-11-23 02:00:01,123 fail2ban.filter [7]: INFO [sshd] Ban 203.0.113.7",
            ],
        );
    }
}
