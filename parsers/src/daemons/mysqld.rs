//! MySQL and MariaDB (sql_acl.cc): `[ID ][[LEVEL] ][[CODE] [PART] ]Access denied for user 'USER'@'IP'[ (using
//! password: YES)]`.
//!
//! The user stands before the address; with `skip_name_resolve` off the address is a name, and nobody is accused. User
//! and database are written as they came, line ends and all: a client can write whole lines into this log, so every
//! address in it is only claimed.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "mysqld",
    programs: &["mariadbd", "mysqld_safe", "mysql", "mariadb"],
    units: &["mysql", "mysqld", "mariadb"],
    any_program: false,
    bare: Bare::Opens(&[
        "[Warning] ",
        "[Note] ",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "Access denied for user '",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    told(behind_level(message)).map(Finding::claimed)
}

fn told(text: &[u8]) -> Option<Finding<'_>> {
    if let Some(account) = text.strip_prefix(b"Access denied for user '") {
        return denied(account);
    }
    let ending = b"' (This connection closed normally without authentication)";
    let text = text.strip_prefix(b"Aborted connection ")?.strip_suffix(ending)?;
    let (_, address) = split::only(text, b"user: 'unauthenticated' host: '")?;
    Some(Finding::new(Kind::NoLogin, address::read(address)?))
}

/// Without `7 [Note] [MY-010926] [Server] `.
fn behind_level(message: &[u8]) -> &[u8] {
    let digits = message.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(0);
    let mut text = message.get(digits..).unwrap_or_default().trim_ascii_start();
    let is_tag = |tag: &[u8]| tag.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-');
    for _ in 0..3 {
        text =
            split::between(text, b"[", b"] ").filter(|(tag, _)| is_tag(tag)).map_or(text, |(_, rest)| rest);
    }
    text
}

/// `USER'@'IP'[ (using password: YES)]`.
fn denied(account: &[u8]) -> Option<Finding<'_>> {
    let endings: [&[u8]; 2] = [b" (using password: YES)", b" (using password: NO)"];
    if let Some(account) = endings.iter().find_map(|ending| account.strip_suffix(*ending)) {
        let (user, address) = host(account)?;
        return Some(Finding::new(Kind::FailedLogin, address).by(user));
    }
    if let Some((user, address)) = host(account) {
        // Is it the user's name that has a database in it, or the database's that has a host?
        let is_certain = text::find(user, b"' to database '").is_none();
        return is_certain.then(|| Finding::new(Kind::FailedLogin, address).by(user));
    }
    // The database is a word of the client too.
    let (account, database) = split::only(account.strip_suffix(b"'")?, b" to database '")?;
    let (user, address) = host(account)?;
    let finding = Finding::new(Kind::UserNotAllowed, address).by(user);
    Some(finding.hiding(Some(Private::Detail(database))))
}

fn host(account: &[u8]) -> Option<(&[u8], IpAddr)> {
    let (user, host) = split::last(account.strip_suffix(b"'")?, b"'@'")?;
    Some((user, address::read(host)?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_denied_login_is_told_behind_the_banners_of_all_versions() {
        for banner in [
            "261123  2:00:01 [Warning] ",
            "Nov 23 02:00:01 gate mysqld: 261123 12:00:01 [Warning] ",
            "2026-11-23  2:00:01 139845235329792 [Warning] ",
            "2026-11-23T02:00:01.123456Z 7 [Note] [MY-010926] [Server] ",
            "2026-11-23T02:00:01 gate mariadbd[7]: 2026-11-23  2:00:01 7 [Warning] ",
        ] {
            let text =
                format!("{banner}Access denied for user 'a'@'192.0.2.1' (using password: NO)'@'203.0.113.7'");
            let user = "failed-login 203.0.113.7 by a'@'192.0.2.1' (using password: NO) claimed";
            tells("mysqld", &format!("{text} (using password: YES)"), user);
            tells("mysqld", &text, user);
            tells_nothing(
                "mysqld",
                &[
                    &format!("{text} (using password: YES) and more"),
                    &format!("{banner}Access denied for user 'bob'@'localhost' (using password: YES)"),
                ],
            );
            let aborted = "Aborted connection 7 to db: 'unconnected' user: 'unauthenticated' host: '203.0.113.7' (This connection closed normally without authentication)";
            tells("mysqld", &format!("{banner}{aborted}"), "no-login 203.0.113.7 claimed");
        }
    }

    #[test]
    fn a_database_that_looks_like_a_host_accuses_nobody() {
        let denied = "2026-11-23T02:00:01.123456Z 7 [Note] [MY-010926] [Server] Access denied for user";
        tells(
            "mysqld",
            &format!("{denied} 'bob'@'203.0.113.9' to database 'foo'"),
            "user-not-allowed 203.0.113.9 by bob claimed",
        );
        tells_nothing("mysqld", &[&format!("{denied} 'bob'@'203.0.113.9' to database 'foo'@'192.0.2.1'")]);
    }
}
