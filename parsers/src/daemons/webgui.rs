//! The web interfaces of firewalls: pfSense (`webConfigurator authentication error for user 'USER' from: IP`), OPNsense
//! (`Web GUI authentication error for 'USER' from IP`) and OpenWrt's LuCI (`luci: failed login on PATH for USER from
//! IP`). The user stands before the address, so they are read from the right.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::tail::{self, ends};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "webgui",
    programs: &["php-fpm", "php", "audit", "opnsense", "pfsense", "luci", "uhttpd", "rpcd"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["/index.php: ", "luci: failed login on "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    pfsense(message).or_else(|| opnsense(message)).or_else(|| luci(message))
}

/// `/PAGE: ` in front, which is the page that asked for the log-in.
fn behind_page(message: &[u8]) -> &[u8] {
    match split::first(message, b": ") {
        Some((page, text)) if page.starts_with(b"/") && !page.contains(&b' ') => text,
        _ => message,
    }
}

/// `... for user 'USER' from: IP[ (AUTHENTICATOR)]`, the authenticator being a name that the operator gave.
fn pfsense(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_page(message).strip_prefix(b"webConfigurator authentication error for user '")?;
    let (user, peer) = split::last(text, b"' from: ")?;
    let (peer, authenticator) = split::word(peer)?;
    let is_name = |name: &[u8]| name.is_empty() || name.starts_with(b"(") && name.ends_with(b")");
    Some(failed(user, address::read(peer).filter(|_| is_name(authenticator))?))
}

/// `Web GUI authentication error for ['USER'|user 'USER'] from IP`.
fn opnsense(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_page(message).strip_prefix(b"Web GUI authentication error for ")?;
    let text = text.strip_prefix(b"user ").unwrap_or(text).strip_prefix(b"'")?;
    let (before, address) = tail::address(text).ok()?;
    Some(failed(ends("' from ")(before).ok()?.0, address))
}

/// `luci: failed login on /PATH for USER from IP`: path and user are the client's, and only where one ends is in doubt.
fn luci(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"[info] ").unwrap_or(message);
    let text = text.strip_prefix(b"luci: ").unwrap_or(text).strip_prefix(b"failed login on /")?;
    let (before, address) = tail::address(text).ok()?;
    let (words, ()) = ends(" from ")(before).ok()?;
    let (path, user) =
        split::last(words, b" for ").or_else(|| Some((&[][..], words.strip_prefix(b"for ")?)))?;
    Some(failed(user, address).hiding(Some(Private::Detail(path))))
}

fn failed(user: &[u8], address: IpAddr) -> Finding<'_> {
    Finding::new(Kind::FailedLogin, address).by(user)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 gate";
    const TOLD: &str = "failed-login 203.0.113.7 by bob";

    #[test]
    fn a_failed_login_is_told_of_each_interface() {
        for text in [
            "php-fpm[7]: /index.php: webConfigurator authentication error for user 'bob' from: 203.0.113.7",
            "php-fpm[7]: /index.php: webConfigurator authentication error for user 'bob' from: 203.0.113.7 (Local Database)",
            "audit[7]: /index.php: Web GUI authentication error for 'bob' from 203.0.113.7",
            "opnsense: /index.php: Web GUI authentication error for user 'bob' from 203.0.113.7",
            "uhttpd[7]: luci: failed login on / for bob from 203.0.113.7",
            "uhttpd[7]: [info] luci: failed login on /admin/x for bob from 203.0.113.7",
            "luci: failed login on /admin for bob from 203.0.113.7",
        ] {
            tells("webgui", &format!("{HOST} {text}"), TOLD);
        }
    }

    #[test]
    fn a_login_that_succeeded_or_a_name_for_a_peer_is_nothing() {
        tells_nothing(
            "webgui",
            &[
                &format!(
                    "{HOST} php-fpm[7]: /index.php: Successful login for user 'bob' from: 203.0.113.7 (x)"
                ),
                &format!("{HOST} uhttpd[7]: luci: accepted login on / for bob from 203.0.113.7"),
                &format!("{HOST} uhttpd[7]: luci: failed login on / for bob from a.example"),
            ],
        );
    }

    #[test]
    fn a_user_that_looks_like_a_peer_accuses_nobody_else() {
        let user = "x' from: 192.0.2.1 (y)";
        let page = "/index.php: webConfigurator authentication error for user";
        tells(
            "webgui",
            &format!("{HOST} php-fpm[7]: {page} '{user}' from: 203.0.113.7 (Local Database)"),
            &format!("failed-login 203.0.113.7 by {user}"),
        );
        let user = "x' from 192.0.2.1";
        tells(
            "webgui",
            &format!(
                "{HOST} audit[7]: /index.php: Web GUI authentication error for '{user}' from 203.0.113.7"
            ),
            &format!("failed-login 203.0.113.7 by {user}"),
        );
        let user = "x from 192.0.2.1";
        tells(
            "webgui",
            &format!("{HOST} uhttpd[7]: luci: failed login on / for {user} from 203.0.113.7"),
            &format!("failed-login 203.0.113.7 by {user}"),
        );
    }
}
