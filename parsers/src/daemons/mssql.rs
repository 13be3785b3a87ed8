//! Microsoft SQL Server's error log: `Logon       TEXT [CLIENT: IP]`.
//!
//! The address stands behind all words of the client.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "mssql",
    programs: &["sqlservr", "mssql-server"],
    units: &["mssql-server"],
    any_program: false,
    bare: Bare::Opens(&["Logon "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"Logon ")?.trim_ascii_start();
    let (text, address) = split::last(text.trim_ascii_end().strip_suffix(b"]")?, b" [CLIENT: ")?;
    let address = address::read(address)?;
    if let Some(text) = text.strip_prefix(b"Login failed for user '") {
        let (user, reason) =
            split::last(text, b"'. Reason: ").or_else(|| Some((text.strip_suffix(b"'.")?, &[][..])))?;
        let is_unknown = reason.starts_with(b"Could not find a login matching the name provided");
        let kind = if is_unknown { Kind::InvalidUser } else { Kind::FailedLogin };
        return Some(Finding::new(kind, address).by(user));
    }
    let openings: [(&[u8], Kind); 5] = [
        (b"Login failed.", Kind::FailedLogin),
        (b"SSPI handshake failed with error code ", Kind::FailedLogin),
        (b"The login packet used to open the connection is structurally invalid", Kind::BadProtocol),
        (b"Length specified in network packet payload did not match ", Kind::BadProtocol),
        (
            b"The server was unable to initialize encryption because of a problem with a security library",
            Kind::NegotiationFailed,
        ),
    ];
    split::opening(text, &openings).map(|(kind, _)| Finding::new(kind, address))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_whatever_the_user_is_called() {
        let opening = "2026-11-23 02:00:01.25 Logon      ";
        let reason = "Reason: Could not find a login matching the name provided. [CLIENT: 203.0.113.7]";
        tells(
            "mssql",
            &format!("{opening} Login failed for user 'O'Leary'. {reason}"),
            "invalid-user 203.0.113.7 by O'Leary",
        );
        tells(
            "mssql",
            &format!("{opening} Login failed for user 'a [CLIENT: 192.0.2.1]'. [CLIENT: 203.0.113.7]"),
            "failed-login 203.0.113.7 by a [CLIENT: 192.0.2.1]",
        );
        let broken = "The login packet used to open the connection is structurally invalid; the connection has been closed.";
        tells("mssql", &format!("{opening} {broken} [CLIENT: 203.0.113.7]"), "bad-protocol 203.0.113.7");
        tells_nothing(
            "mssql",
            &[
                &format!("2026-11-23 02:00:01.25 Wrong data: Logon Login failed for user 'bob'. {reason}"),
                &format!("{opening} Login failed for user 'bob'. [CLIENT: <local machine>]"),
                &format!("{opening} Login succeeded for user 'bob'. [CLIENT: 203.0.113.7]"),
            ],
        );
    }
}
