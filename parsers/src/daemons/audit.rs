//! The kernel's audit records of log-ins (audit-userspace, audit_logging.c): `type=USER_AUTH msg=audit(T:N): pid=... msg='op=OP
//! acct="USER" exe="PROGRAM" hostname=H addr=IP terminal=T res=failed'`.
//!
//! A user with anything but plain letters in the name is written in hexadecimal, so no word can look like a field.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::fields::fields;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "audit",
    programs: &["auditd", "audispd", "audisp-syslog"],
    units: &["auditd"],
    any_program: false,
    bare: Bare::Opens(&["type=USER_", "node=", "USER_AUTH ", "USER_ERR ", "USER_LOGIN "]),
    grammar: Grammar::Message(event),
};

fn event(record: &[u8]) -> Option<Finding<'_>> {
    let (head, told) = split::only(record, b"msg='")?;
    let (told, _) = split::first(told, b"'")?;
    let (mut operation, mut user, mut address, mut failed) = (None, None, None, false);
    let mut host = None;
    for (key, value) in fields(told) {
        match key {
            b"op" => operation = Some(value),
            b"acct" => user = Some(value).filter(|user| *user != b"?"),
            b"hostname" => host = Some(value).filter(|host| *host != b"?" && address::read(host).is_none()),
            b"addr" => address = address::read(value),
            b"res" => failed = value == b"failed",
            _ => {}
        }
    }
    let kind = kind(head, operation?).filter(|_| failed)?;
    Some(Finding { user, ..Finding::new(kind, address?) }.hiding(host.map(Private::Host)))
}

/// sshd writes several records of one attempt.
fn kind(head: &[u8], operation: &[u8]) -> Option<Kind> {
    let is_of = |name: &[u8]| split::first(head, name).is_some();
    match operation {
        b"PAM:bad_ident" if is_of(b"USER_ERR") => Some(Kind::InvalidUser),
        b"pubkey" | b"pubkey_auth" | b"key" if is_of(b"USER_AUTH") => Some(Kind::FailedKey),
        b"password" | b"password_auth" if is_of(b"USER_AUTH") => Some(Kind::FailedLogin),
        b"PAM:authentication" if is_of(b"USER_AUTH") => Some(Kind::PamFailure),
        b"login" if is_of(b"USER_LOGIN") => Some(Kind::PamFailure),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn record(kind: &str, operation: &str, result: &str) -> String {
        format!(
            "type={kind} msg=audit(1795399208.123:9): pid=7 uid=0 auid=4294967295 ses=4294967295 msg='op={operation} acct=\"bob\" exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.7 terminal=ssh res={result}'\u{1d}UID=\"root\""
        )
    }

    #[test]
    fn refused_credentials_are_told_by_their_kind() {
        tells("audit", &record("USER_AUTH", "password", "failed"), "failed-login 203.0.113.7 by bob");
        tells("audit", &record("USER_AUTH", "pubkey", "failed"), "failed-key 203.0.113.7 by bob");
        tells(
            "audit",
            &record("USER_AUTH", "PAM:authentication grantors=?", "failed"),
            "pam-failure 203.0.113.7 by bob",
        );
        tells("audit", &record("USER_ERR", "PAM:bad_ident", "failed"), "invalid-user 203.0.113.7 by bob");
        tells_nothing(
            "audit",
            &[&record("USER_AUTH", "password", "success"), &record("USER_END", "password", "failed")],
        );
    }

    #[test]
    fn a_record_of_which_the_words_are_doubled_accuses_nobody() {
        let doubled =
            record("USER_AUTH", "password", "failed").replace("acct=", "x msg='addr=192.0.2.1 acct=");
        tells_nothing("audit", &[&doubled]);
    }
}
