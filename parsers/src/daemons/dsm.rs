//! Synology's DiskStation Manager: `User [USER] from [IP] failed to log in via [WAY] due to authorization failure.`,
//! since version 7 `... failed to sign in to [APPLICATION] via [WAY] due to ...`. The user stands before the address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "dsm",
    programs: &["Connection", "System", "synologylog"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["User ["]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.trim_ascii_end().strip_prefix(b"User [")?;
    let (account, way) = split::last(text.strip_suffix(b" due to authorization failure.")?, b"] failed to ")?;
    let openings: [(&[u8], ()); 2] = [(b"log in via [", ()), (b"sign in to [", ())];
    let ((), way) = split::opening(way, &openings)?;
    let (user, address) = split::last(account, b"] from [")?;
    let finding = Finding::new(Kind::FailedLogin, address::read(address)?).by(user);
    Some(finding.hiding(Some(Private::Detail(way.strip_suffix(b"]")?))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 nas";

    #[test]
    fn a_failed_login_is_told_in_both_wordings() {
        for way in ["log in via [SSH]", "sign in to [DSM] via [password]"] {
            for program in ["Connection", "System"] {
                let text =
                    format!("User [bob] from [203.0.113.7] failed to {way} due to authorization failure.");
                let line = format!("{HOST} {program}: {text}");
                tells("dsm", &line, "failed-login 203.0.113.7 by bob");
            }
        }
        tells_nothing(
            "dsm",
            &[&format!("{HOST} Connection: User [bob] from [203.0.113.7] logged in successfully via [DSM].")],
        );
    }

    #[test]
    fn a_user_that_looks_like_a_peer_accuses_nobody_else() {
        let user = "x] from [192.0.2.1] failed to log in via [y";
        let line = format!(
            "{HOST} Connection: User [{user}] from [203.0.113.7] failed to log in via [SSH] due to authorization failure."
        );
        tells("dsm", &line, &format!("failed-login 203.0.113.7 by {user}"));
    }
}
