//! fail2ban's own log: `fail2ban.actions [7]: NOTICE [JAIL] Ban IP`, in its file or through syslog.
//!
//! Why it banned is not told, so the address is only claimed; and the jail that reads this log again is left out.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "fail2ban",
    programs: &["fail2ban-server", "fail2ban.actions"],
    units: &["fail2ban"],
    any_program: false,
    bare: Bare::Opens(&["fail2ban."]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_module(message);
    let text =
        [&b"NOTICE"[..], b"WARNING"].iter().find_map(|level| text.strip_prefix(*level)).unwrap_or(text);
    let (jail, address) = text::between(text.trim_ascii_start(), b"[", b"] Ban ")?;
    let is_jail = jail != b"recidive" && !jail.contains(&b']');
    Some(Finding::new(Kind::BlockedElsewhere, address::read(address).filter(|_| is_jail)?).claimed())
}

/// Without `fail2ban.actions   [7]: `.
fn behind_module(message: &[u8]) -> &[u8] {
    let Some(rest) = message.strip_prefix(b"fail2ban.actions") else { return message };
    let rest = rest.trim_ascii_start();
    let rest = text::between(rest, b"[", b"]").map_or(rest, |(_, rest)| rest);
    rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_ban_is_told_wherever_it_is_logged() {
        for banner in [
            "2026-11-23 02:00:01,123 fail2ban.actions        [7]: NOTICE  ",
            "2026-11-23 02:00:01,123 fail2ban.actions: WARNING ",
            "Nov 23 02:00:01 gate fail2ban-server[7]: fail2ban.actions [7]: NOTICE  ",
            "gate fail2ban[7]: ",
        ] {
            tells(
                "fail2ban",
                &format!("{banner}[sshd] Ban 203.0.113.7"),
                "blocked-elsewhere 203.0.113.7 claimed",
            );
            tells_nothing(
                "fail2ban",
                &[
                    &format!("{banner}[sshd] Unban 203.0.113.7"),
                    &format!("{banner}[recidive] Ban 203.0.113.7"),
                    &format!("{banner}[sshd] 203.0.113.7 already banned"),
                ],
            );
        }
    }
}
