//! DirectAdmin's login.log: `'IP' N failed login attempts. Account 'USER'[ via 'USER']`.
//!
//! The address stands before all words of the client.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "directadmin",
    programs: &[],
    units: &["directadmin"],
    any_program: false,
    bare: Bare::Opens(&["'"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (address, rest) = split::between(message, b"'", b"' ")?;
    let (number, rest) = split::first(rest, b" failed login attempt")?;
    let rest = rest.strip_prefix(b"s").unwrap_or(rest);
    let (kind, user) = match rest.strip_prefix(b". Account '") {
        Some(user) => (Kind::FailedLogin, user),
        None => (Kind::InvalidUser, rest.strip_prefix(b". Invalid account '")?),
    };
    let user = user.trim_ascii_end().strip_suffix(b"'").filter(|_| number.iter().all(u8::is_ascii_digit))?;
    Some(Finding::new(kind, address::read(address)?).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_and_successful_ones_are_not() {
        let opening = "2026:11:23-02:00:01: '203.0.113.7'";
        tells(
            "directadmin",
            &format!("{opening} 2 failed login attempts. Account 'bob'"),
            "failed-login 203.0.113.7 by bob",
        );
        tells(
            "directadmin",
            &format!("{opening} 1 failed login attempt. Invalid account '192.0.2.1' 2 failed'"),
            "invalid-user 203.0.113.7 by 192.0.2.1' 2 failed",
        );
        tells_nothing("directadmin", &[&format!("{opening} successful login to 'bob' after 1 attempts")]);
    }
}
