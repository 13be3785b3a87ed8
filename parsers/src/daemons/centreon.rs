//! Centreon's login.log: `USER|PAGE|OPTION|[WEB] [IP] Authentication failed for 'USER' : REASON`.
//!
//! The address stands before all words of the client.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "centreon",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["-1|", "0|", "1|", "2|", "3|", "4|", "5|", "6|", "7|", "8|", "9|"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let mut rest = message;
    for _ in 0..3 {
        let (number, after) = split::first(rest, b"|")?;
        let is_number = number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
        rest = if is_number { after } else { return None };
    }
    let (place, rest) = split::between(rest, b"[", b"] [")?;
    let (address, rest) = split::first(rest, b"] ")?;
    let user = rest.strip_prefix(b"Authentication failed for '").filter(|_| place.len() < 16)?;
    let (user, reason) = match text::rfind(user, b"' : ") {
        Some(_) => split::last(user, b"' : ")?,
        None => (user.strip_suffix(b"'")?, &[][..]),
    };
    Some(
        Finding::new(Kind::FailedLogin, address::read(address)?)
            .by(user)
            .hiding(Some(Private::Detail(reason))),
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told() {
        let opening = "2026-11-23 02:00:01|-1|0|0|[WEB] [203.0.113.7] Authentication";
        tells(
            "centreon",
            &format!("{opening} failed for 'a] [192.0.2.1' : password mismatch"),
            "failed-login 203.0.113.7 by a] [192.0.2.1",
        );
        tells("centreon", &format!("{opening} failed for 'bob'"), "failed-login 203.0.113.7 by bob");
        tells_nothing(
            "centreon",
            &[
                &format!("{opening} succeeded for 'bob'"),
                "2026-11-23 02:00:01|x|0|0|[WEB] [203.0.113.7] Authentication failed for 'bob'",
            ],
        );
    }
}
