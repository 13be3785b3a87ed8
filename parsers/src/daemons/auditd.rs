//! The kernel's audit trail, from auditd's own log, through audisp, journald or the kernel's log: what sshd, login and
//! PAM say about log-ins (`type=USER_AUTH msg=audit(TIME): pid=... msg='op=O acct=U exe=E hostname=H addr=IP ...
//! res=failed'`).
//!
//! Whatever a client chooses is written in hexadecimal when it holds a quote, a space or a control character, so the
//! words between the spaces are those of the programs.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "auditd",
    programs: &["audit", "audispd", "audisp-syslog", "kernel"],
    units: &["auditd"],
    any_program: false,
    bare: Bare::Opens(&[
        "type=USER_",
        "type=11",
        "node=",
        "USER_AUTH ",
        "USER_LOGIN ",
        "USER_ERR ",
        "USER_ACCT ",
        "audit: type=11",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (node, text) = behind_node(behind_kernel(message));
    let (record, rest) = split::first(text.strip_prefix(b"type=").unwrap_or(text), b" ")?;
    let record = Record::named(record)?;
    let (before, quoted) = split::first(rest, b"'")?;
    let (words, added) = split::last(quoted, b"'").filter(|_| before.ends_with(b" msg="))?;
    let fields = Fields::read(words).filter(|fields| fields.result == b"failed")?;
    let is_nobody = NOBODY.iter().any(|nobody| fields.account.eq_ignore_ascii_case(nobody));
    let kind = if is_nobody { Kind::InvalidUser } else { record.kind(fields.operation) };
    let finding = Finding::new(kind, fields.address?)
        .hiding(node.map(Private::Host))
        .hiding(fields.host.map(Private::Host))
        .hiding(Some(Private::Detail(added.strip_prefix(b"\x1d").unwrap_or(added))));
    let user = fields
        .account
        .strip_prefix(b"\"")
        .map_or(fields.account, |user| user.strip_suffix(b"\"").unwrap_or(user));
    Some(if is_nobody || user == b"?" { finding } else { finding.by(user) })
}

/// What sshd calls an account that does not exist: `(unknown user)` and `(invalid user)`.
const NOBODY: [&[u8]; 2] = [b"28756E6B6E6F776E207573657229", b"28696E76616C6964207573657229"];

/// Without the kernel's clock and its `audit: `.
fn behind_kernel(message: &[u8]) -> &[u8] {
    let text = super::kernel::behind_clock(message);
    text.strip_prefix(b"audit: ").unwrap_or(text)
}

/// The machine, where the records of many are kept together: `node=NAME `.
fn behind_node(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match split::between(text, b"node=", b" ") {
        Some((node, rest)) => (Some(node), rest),
        None => (None, text),
    }
}

/// The records that tell of log-ins, by their names and their numbers (`linux/audit.h`).
#[derive(Clone, Copy)]
enum Record {
    Authentication,
    Account,
    Error,
    Login,
}

impl Record {
    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"USER_AUTH" | b"1100" => Some(Self::Authentication),
            b"USER_ACCT" | b"1101" => Some(Self::Account),
            b"USER_ERR" | b"1109" => Some(Self::Error),
            b"USER_LOGIN" | b"1112" => Some(Self::Login),
            _ => None,
        }
    }

    fn kind(self, operation: &[u8]) -> Kind {
        match (self, operation) {
            (Self::Account, _) => Kind::UserNotAllowed,
            (Self::Error, b"PAM:bad_ident") => Kind::InvalidUser,
            (Self::Authentication, b"pubkey" | b"key" | b"pubkey_auth" | b"hostbased") => Kind::FailedKey,
            (Self::Login, _) | (Self::Authentication, b"password" | b"challenge-response" | b"gssapi") => {
                Kind::FailedLogin
            }
            (Self::Authentication | Self::Error, _) => Kind::PamFailure,
        }
    }
}

/// The words of a program, each `KEY=VALUE`. Before 2.0 brackets and commas stood around some of them.
struct Fields<'a> {
    operation: &'a [u8],
    account: &'a [u8],
    host: Option<&'a [u8]>,
    address: Option<IpAddr>,
    result: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Nothing if there are two addresses.
    fn read(words: &'a [u8]) -> Option<Self> {
        let mut fields = Self { operation: &[], account: b"?", host: None, address: None, result: &[] };
        for word in words.split(|&byte| byte == b' ') {
            let word = word.strip_prefix(b"(").unwrap_or(word);
            let end = word.iter().rposition(|byte| !b",):".contains(byte)).map_or(0, |last| last + 1);
            match split::first(word.get(..end)?, b"=") {
                Some((b"op", value)) => fields.operation = value,
                Some((b"acct", value)) => fields.account = value,
                Some((b"hostname", value)) if value != b"?" && address::read(value).is_none() => {
                    fields.host = Some(value)
                }
                Some((b"addr", _)) if fields.address.is_some() => return None,
                Some((b"addr", value)) => fields.address = address::read(value),
                Some((b"res", value)) => fields.result = value,
                _ => {}
            }
        }
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const IDS: &str =
        "pid=7 uid=0 auid=4294967295 ses=4294967295 subj=system_u:system_r:sshd_t:s0-s0:c0.c1023";

    fn words(operation: &str, account: &str) -> String {
        format!(
            "msg='op={operation} acct={account} exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.7 terminal=ssh res=failed'"
        )
    }

    #[test]
    fn a_failed_login_is_told_from_every_log_that_has_the_trail() {
        let words = words("password", "\"bob\"");
        for line in [
            format!("type=USER_AUTH msg=audit(1795399208.123:9): {IDS} {words}"),
            format!(
                "type=USER_AUTH msg=audit(1795399208.123:9): user {IDS} {words}\x1dUID=\"root\" AUID=\"unset\""
            ),
            format!("node=gate type=USER_AUTH msg=audit(1795399208.123:9): {IDS} {words}"),
            format!(
                "Nov 23 02:00:01 gate audispd: type=USER_AUTH msg=audit(1795399208.123:9): {IDS} {words}"
            ),
            format!("Nov 23 02:00:01 gate audit[7]: USER_AUTH {IDS} {words}"),
            format!(
                "Nov 23 02:00:01 gate kernel: [12345.678901] audit: type=1100 audit(1795399208.123:9): {IDS} {words}"
            ),
        ] {
            tells("auditd", &line, "failed-login 203.0.113.7 by bob");
        }
    }

    #[test]
    fn what_failed_is_told_by_the_record_and_the_operation() {
        for (record, operation, account, expected) in [
            ("USER_AUTH", "pubkey", "\"root\"", "failed-key 203.0.113.7 by root"),
            ("USER_AUTH", "PAM:authentication grantors=?", "\"root\"", "pam-failure 203.0.113.7 by root"),
            ("USER_ERR", "PAM:bad_ident", "\"?\"", "invalid-user 203.0.113.7"),
            ("USER_LOGIN", "login", "28756E6B6E6F776E207573657229", "invalid-user 203.0.113.7"),
            ("USER_LOGIN", "login", "\"bob\"", "failed-login 203.0.113.7 by bob"),
            ("USER_ACCT", "PAM:accounting", "\"bob\"", "user-not-allowed 203.0.113.7 by bob"),
        ] {
            let line =
                format!("type={record} msg=audit(1795399208.123:9): {IDS} {}", words(operation, account));
            tells("auditd", &line, expected);
        }
        let old = "msg='PAM: authentication acct=bob : exe=\"/usr/sbin/sshd\" (hostname=a.example, addr=203.0.113.7, terminal=ssh res=failed)'";
        tells(
            "auditd",
            &format!("type=USER_AUTH msg=audit(1795399208.123:9): user pid=7 uid=0 auid=7 {old}"),
            "pam-failure 203.0.113.7 by bob",
        );
    }

    #[test]
    fn what_did_not_fail_or_has_no_address_is_nothing() {
        let line = |words: &str| format!("type=USER_AUTH msg=audit(1795399208.123:9): {IDS} {words}");
        let failed = words("password", "\"bob\"");
        tells_nothing(
            "auditd",
            &[
                &line(&failed.replace("failed", "success")),
                &line(&failed.replace("203.0.113.7", "?")),
                &line(&failed.replace("addr=", "addr=192.0.2.1 addr=")),
                &line(&failed).replace("USER_AUTH", "USER_CMD"),
            ],
        );
    }
}
