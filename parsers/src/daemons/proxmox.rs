//! Proxmox VE, Mail Gateway and Backup Server: `authentication failure; rhost=IP user=USER msg=TEXT`, and their
//! access logs.
//!
//! The address stands before all words of the client.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::web::WebRules;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "proxmox",
    programs: &[
        "pvedaemon",
        "pveproxy",
        "pmgdaemon",
        "pmgproxy",
        "proxmox-backup-api",
        "proxmox-backup-proxy",
    ],
    units: &["pvedaemon", "pveproxy", "pmgdaemon", "pmgproxy", "proxmox-backup", "proxmox-backup-proxy"],
    any_program: false,
    bare: Bare::Opens(&["authentication failure; rhost="]),
    grammar: Grammar::Web(event),
};

fn event<'a>(message: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let Some((client, rest)) = split::between(message, b"authentication failure; rhost=", b" user=") else {
        return super::web::event(message, rules);
    };
    let (user, reason) = split::last(rest, b" msg=")?;
    let kind = if reason.starts_with(b"no such user") { Kind::InvalidUser } else { Kind::FailedLogin };
    let finding = Finding::at(kind, address::peer(client)?).by(user);
    Some(if kind == Kind::InvalidUser { finding } else { finding.hiding(Some(Private::Detail(reason))) })
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_of_all_products() {
        let text = "authentication failure; rhost=";
        tells(
            "proxmox",
            &format!(
                "Nov 23 02:00:01 gate pvedaemon[7]: {text}::ffff:203.0.113.7 user=root@pam msg=Authentication failure"
            ),
            "failed-login 203.0.113.7 by root@pam",
        );
        tells(
            "proxmox",
            &format!(
                "2026-11-23T02:00:01+01:00: {text}[::ffff:203.0.113.7]:4711 user=a msg=x rhost=192.0.2.1 user=b@pbs msg=no such user ('b@pbs')"
            ),
            "invalid-user 203.0.113.7 port 4711 by a msg=x rhost=192.0.2.1 user=b@pbs",
        );
        tells_nothing("proxmox", &["pvedaemon[7]: <root@pam> successful auth for user 'root@pam'"]);
    }
}
