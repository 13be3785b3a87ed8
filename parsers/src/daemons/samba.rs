//! Samba's audit of log-ins (auth_log.c, since 4.7): `Auth: [SERVICE,WAY] user [DOMAIN]\[USER] at [TIME] with [METHOD]
//! status [NT_STATUS_X] workstation [NAME] remote host [ipv4:IP:PORT] became|mapped to [...]\[...]. local host [...]`.
//!
//! User, domain and workstation are the client's words, and stand on both sides of its address: the mark of the address
//! counts only when it stands there once.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "samba",
    programs: &["smbd", "smbd_audit", "winbindd"],
    units: &["smbd", "smb", "samba", "samba-ad-dc"],
    any_program: false,
    bare: Bare::Opens(&["Auth: ["]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.trim_ascii_start().strip_prefix(b"Auth: [")?;
    let (before, rest) = split::only(text, b" remote host [")?;
    let (peer, rest) = split::first(rest, b"]")?;
    let family: [(&[u8], ()); 2] = [(b"ipv4:", ()), (b"ipv6:", ())];
    let ((), peer) = split::opening(peer, &family)?;
    let peer = address::joined(peer)?;
    let (account, status) = split::only(before, b" status [NT_STATUS_")?;
    let (service, account) = split::first(account, b" user [")?;
    let kind = refusal(status)?;
    let finding = Finding::at(kind, peer);
    // Tickets and the netlogon service are also asked for over UDP, where anybody can write any address.
    let is_over_tcp = [&b"SMB"[..], b"LDAP", b"DCE/RPC"].iter().any(|name| service.starts_with(name));
    let finding = if is_over_tcp { finding } else { finding.claimed() };
    let finding = finding.hiding(Some(Private::Detail(rest)));
    let (status, workstation) = split::first(status, b"] workstation [")?;
    let named = split::only(account, b"]\\[")
        .and_then(|(domain, user)| Some((domain, split::last(user, b"] at [")?.0)));
    let (domain, user) = named?;
    let is_status = status.iter().all(|&byte| byte.is_ascii_uppercase() || byte == b'_');
    let finding = finding.hiding(Some(Private::Detail(domain)));
    let workstation = workstation.strip_suffix(b"]")?;
    is_status.then(|| finding.hiding(Some(Private::Host(workstation))).by(user))
}

/// What the status says of the account (`ntstatus.h`).
fn refusal(status: &[u8]) -> Option<Kind> {
    let statuses: [(&[u8], Kind); 7] = [
        (b"WRONG_PASSWORD]", Kind::FailedLogin),
        (b"LOGON_FAILURE]", Kind::FailedLogin),
        (b"NO_SUCH_USER]", Kind::InvalidUser),
        (b"ACCOUNT_LOCKED_OUT]", Kind::TooManyFailures),
        (b"ACCOUNT_DISABLED]", Kind::UserNotAllowed),
        (b"ACCOUNT_RESTRICTION]", Kind::UserNotAllowed),
        (b"INVALID_WORKSTATION]", Kind::UserNotAllowed),
    ];
    split::opening(status, &statuses)
        .map(|(kind, _)| kind)
        .filter(|_| text::find(status, b"] workstation [").is_some())
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn line(user: &str, status: &str, peer: &str, workstation: &str) -> String {
        format!(
            "Nov 23 02:00:01 nas smbd_audit[7]:   Auth: [SMB2,(null)] user [CORP]\\[{user}] at [Mon, 23 Nov 2026 02:00:01.123456 UTC] with [NTLMv2] status [NT_STATUS_{status}] workstation [{workstation}] remote host [{peer}] mapped to [CORP]\\[{user}]. local host [ipv4:198.51.100.2:445]"
        )
    }

    #[test]
    fn a_failed_login_is_told_with_its_status() {
        for (status, kind) in [
            ("WRONG_PASSWORD", "failed-login"),
            ("NO_SUCH_USER", "invalid-user"),
            ("ACCOUNT_DISABLED", "user-not-allowed"),
        ] {
            let told = format!("{kind} 203.0.113.7 port 4711 by bob");
            tells("samba", &line("bob", status, "ipv4:203.0.113.7:4711", "PC"), &told);
        }
        let told = "failed-login 2001:db8::7 port 4711 by bob";
        tells("samba", &line("bob", "WRONG_PASSWORD", "ipv6:2001:db8::7:4711", "PC"), told);
    }

    #[test]
    fn who_asks_for_a_ticket_may_have_forged_the_address() {
        let line = line("bob", "WRONG_PASSWORD", "ipv4:203.0.113.7:4711", "PC");
        let ticket = line.replace("SMB2,(null)", "Kerberos KDC,ENC-TS Pre-authentication");
        tells("samba", &ticket, "failed-login 203.0.113.7 by bob claimed");
        let ldap = line.replace("SMB2,(null)", "LDAP,simple bind/TLS");
        tells("samba", &ldap, "failed-login 203.0.113.7 port 4711 by bob");
    }

    #[test]
    fn a_login_that_succeeded_or_came_from_nowhere_is_nothing() {
        tells_nothing(
            "samba",
            &[
                &line("bob", "OK", "ipv4:203.0.113.7:4711", "PC"),
                &line("bob", "WRONG_PASSWORD", "unix:", "PC"),
            ],
        );
    }

    #[test]
    fn a_user_or_a_workstation_that_names_a_host_accuses_nobody() {
        let forged = "x] remote host [ipv4:192.0.2.1:5] mapped to [y";
        tells_nothing(
            "samba",
            &[
                &line(forged, "WRONG_PASSWORD", "ipv4:203.0.113.7:4711", "PC"),
                &line("bob", "WRONG_PASSWORD", "ipv4:203.0.113.7:4711", forged),
                &line("x] status [NT_STATUS_WRONG_PASSWORD", "OK", "ipv4:203.0.113.7:4711", "PC"),
            ],
        );
    }
}
