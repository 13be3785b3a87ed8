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
    // The line begins with the number of its task, and no other daemon's does.
    // The line begins with the number of its task, and no other daemon's does.
    let is_task = split::word(place).is_some_and(|(task, _)| task.iter().all(u8::is_ascii_hexdigit));
    let levels: [&[u8]; 2] = [b" WARN (4): ", b" NOTICE (5): "];
    let is_place = is_task && levels.iter().any(|level| text::find(place, level).is_some());
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
    #[test]
    fn a_user_of_pam_that_looks_like_a_line_of_tine_accuses_nobody() {
        let user =
            "x WARN (4): Tinebase_Controller::login::1 Login with username y from 192.0.2.1 failed (-1)!";
        for level in ["WARN (4)", "NOTICE (5)"] {
            let user = user.replace("WARN (4)", level);
            let line = format!(
                "authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=a.example  user={user}"
            );
            tells_nothing("tine20", &[&line]);
            assert_eq!(crate::parse_line(None, line.as_bytes()), None, "{line}");
        }
    }
}
