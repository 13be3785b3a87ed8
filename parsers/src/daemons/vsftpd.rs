//! vsftpd: `[USER] FAIL LOGIN: Client "IP"[, "REASON"]`, `CONNECT: Client "IP", "Connection refused: REASON"`, and PAM.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, pam, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "vsftpd",
    programs: &[],
    units: &["vsftpd"],
    any_program: false,
    bare: Bare::Opens(&["[pid "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_process(message);
    pam::event(text).or_else(|| login(text)).or_else(|| connection(text))
}

/// Behind `[pid 7] `.
fn behind_process(message: &[u8]) -> &[u8] {
    let process = split::between(message, b"[pid ", b"] ");
    process.map_or(message, |(_, text)| text)
}

/// The user stands in front; the reason is vsftpd's own.
fn login(text: &[u8]) -> Option<Finding<'_>> {
    let (user, client) = split::last(text.strip_prefix(b"[")?, b"] FAIL LOGIN: Client \"")?;
    let (address, reason) = split::first(client, b"\"")?;
    let is_whole = reason.is_empty() || reason.starts_with(b", \"") && reason.ends_with(b"\"");
    is_whole.then_some(Finding::new(Kind::FailedLogin, address::read(address)?).by(user))
}

fn connection(text: &[u8]) -> Option<Finding<'_>> {
    let (address, reason) = split::between(text, b"CONNECT: Client \"", b"\", \"Connection refused: ")?;
    let kind = match reason {
        b"tcp_wrappers denial.\"" => Kind::ConnectionRefused,
        b"too many sessions for this address.\"" => Kind::RateLimited,
        _ => return None,
    };
    Some(Finding::new(kind, address::read(address)?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_from_its_own_file_and_from_syslog() {
        for banner in ["Mon Nov 23 02:00:01 2026 [pid 7]", "Nov 23 02:00:01 gate vsftpd[7]:"] {
            tells(
                "vsftpd",
                &format!("{banner} [bob] FAIL LOGIN: Client \"::ffff:203.0.113.7\""),
                "failed-login 203.0.113.7 by bob",
            );
            tells(
                "vsftpd",
                &format!(
                    "{banner} [x] FAIL LOGIN: Client \"192.0.2.1] FAIL LOGIN: Client \"203.0.113.7\", \"User is in the deny user list.\""
                ),
                "failed-login 203.0.113.7 by x] FAIL LOGIN: Client \"192.0.2.1",
            );
            tells(
                "vsftpd",
                &format!(
                    "{banner} CONNECT: Client \"203.0.113.7\", \"Connection refused: tcp_wrappers denial.\""
                ),
                "connection-refused 203.0.113.7",
            );
            tells_nothing(
                "vsftpd",
                &[
                    &format!("{banner} CONNECT: Client \"203.0.113.7\""),
                    &format!("{banner} [bob] OK LOGIN: Client \"203.0.113.7\""),
                    &format!("{banner} [bob] FAIL DOWNLOAD: Client \"203.0.113.7\", \"/x\", 0.00Kbyte/sec"),
                ],
            );
        }
    }

    #[test]
    fn pam_is_understood_behind_the_program() {
        tells(
            "vsftpd",
            "Nov 23 02:00:01 gate vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=bob rhost=203.0.113.7",
            "pam-failure 203.0.113.7",
        );
    }
}
