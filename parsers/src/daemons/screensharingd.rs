//! macOS screen sharing: `Authentication: FAILED :: User Name: NAME :: Viewer Address: IP :: Type: TYPE`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "screensharingd",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["Authentication: FAILED :: "]),
    grammar: Grammar::Message(event),
};

/// The user stands before the address.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"Authentication: FAILED :: User Name: ")?;
    let (user, peer) = split::last(text, b" :: Viewer Address: ")?;
    let (address, _type) = split::first(peer, b" :: Type: ")?;
    Some(Finding::new(Kind::FailedLogin, address::read(address)?).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_whatever_the_user_is_called() {
        let banner = "Nov 23 02:00:01 mac screensharingd[7]: Authentication:";
        tells(
            "screensharingd",
            &format!(
                "{banner} FAILED :: User Name: x :: Viewer Address: 192.0.2.1 :: Type: DH :: Viewer Address: 203.0.113.7 :: Type: DH"
            ),
            "failed-login 203.0.113.7 by x :: Viewer Address: 192.0.2.1 :: Type: DH",
        );
        tells_nothing(
            "screensharingd",
            &[&format!("{banner} SUCCEEDED :: User Name: bob :: Viewer Address: 203.0.113.7 :: Type: DH")],
        );
    }
}
