//! Tine 2.0: `REQUEST SESSION ... TIME WARN (4): Tinebase_Controller::login::LINE Login with username USER from IP
//! failed (N)!`, the user before the address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "tine20",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]),
    grammar: Grammar::Message(event),
};

/// The user that is logged in stands in front too, which may be anybody, but not yet be the client.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_suffix(b")!")?;
    let end = text.iter().rposition(|byte| !byte.is_ascii_digit() && *byte != b'-')?;
    let text = text.get(..=end)?.strip_suffix(b" failed (")?;
    let (place, text) = split::first(text, b"Tinebase_Controller::login::")?;
    let (line, text) = split::first(text, b" Login with username ")?;
    let (user, address) = split::last(text, b" from ")?;
    let is_place =
        split::first(place, b" WARN (4): ").is_some() || text::find(place, b" NOTICE (5): ").is_some();
    let is_line = line.iter().all(u8::is_ascii_digit) && is_place;
    Some(Finding::new(Kind::FailedLogin, address::read(address).filter(|_| is_line)?).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_whatever_the_user_is_called() {
        let opening =
            "78a17 00cff -- none -- - 2026-11-23T02:00:01+00:00 WARN (4): Tinebase_Controller::login::106";
        let text = format!(
            "{opening} Login with username a from 192.0.2.1 failed (-1)! from 203.0.113.7 failed (-3)!"
        );
        tells("tine20", &text, "failed-login 203.0.113.7 by a from 192.0.2.1 failed (-1)!");
        tells_nothing(
            "tine20",
            &[
                &format!("{opening} Login with username bob from 203.0.113.7 succeeded"),
                &text.replace("(-3)", "(x)"),
            ],
        );
    }
}
