//! Jellyfin and Emby (UserManager): `Authentication request for "USER" has been denied (IP: "IP").`, the user before
//! the address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "jellyfin",
    programs: &["emby-server", "emby"],
    units: &["jellyfin", "emby-server"],
    any_program: false,
    bare: Bare::Opens(&["[INF] ", "[WRN] ", "[ERR] ", "Info UserManager: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (_, text) = split::first(message, b"UserManager: Authentication request for ")
        .filter(|(place, _)| place.len() < 128 && is_place(place))?;
    let (text, address) = split::last(text, b" (IP: ")?;
    let address = address.strip_suffix(b".").unwrap_or(address).strip_suffix(b")")?;
    let (user, kind) = reason(text)?;
    let user = unquoted(user);
    Some(Finding::new(kind, address::read(unquoted(address))?).by(user))
}

/// `[INF] [7] Jellyfin.Server.Implementations.Users.`: a word behind brackets.
fn is_place(text: &[u8]) -> bool {
    let name = split::last(text, b"] ").map_or(text, |(_, name)| name);
    let is_word =
        |word: &[u8]| word.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"._:".contains(&byte));
    let is_bracket = |word: &[u8]| {
        let inside = word.strip_prefix(b"[").and_then(|word| word.strip_suffix(b"]"));
        inside.is_some_and(is_word)
    };
    let brackets = text.strip_suffix(name).unwrap_or_default().trim_ascii_end();
    is_word(name.strip_prefix(b"Info ").unwrap_or(name))
        && brackets.split(|&byte| byte == b' ').all(|word| word.is_empty() || is_bracket(word))
}

fn reason(text: &[u8]) -> Option<(&[u8], Kind)> {
    let reasons: [(&[u8], Kind); 5] = [
        (b" has been denied", Kind::FailedLogin),
        (b" has been denied because this user is currently disabled", Kind::UserNotAllowed),
        (b" forbidden: remote access disabled and user not in local network", Kind::UserNotAllowed),
        (b" is not allowed at this time due parental restrictions", Kind::UserNotAllowed),
        (b" has been denied because the user is disabled", Kind::UserNotAllowed),
    ];
    reasons.iter().find_map(|(reason, kind)| Some((text.strip_suffix(*reason)?, *kind)))
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_denied_login_is_told_whatever_the_user_is_called() {
        let denied = "has been denied (IP: ";
        for opening in [
            "[2026-11-23 02:00:01.123 +01:00] [INF] [44] Jellyfin.Server.Implementations.Users.UserManager",
            "[2026-11-23 02:00:01.123 +01:00] [INF] Emby.Server.Implementations.Library.UserManager",
            "jellyfin[7]: [02:00:01] [INF] [44] Jellyfin.Server.Implementations.Users.UserManager",
        ] {
            let text = format!(
                "{opening}: Authentication request for \"a\" {denied}\"192.0.2.1\")\" {denied}\"203.0.113.7\")."
            );
            tells("jellyfin", &text, "failed-login 203.0.113.7 by a\" has been denied (IP: \"192.0.2.1\")");
            let old = format!("{opening}: Authentication request for bob {denied}203.0.113.7).");
            tells("jellyfin", &old, "failed-login 203.0.113.7 by bob");
            tells_nothing(
                "jellyfin",
                &[&old.replace("denied", "allowed"), &old.replace("UserManager", "Other")],
            );
        }
    }
    #[test]
    fn words_of_another_daemon_in_front_accuse_nobody() {
        let denied = "UserManager: Authentication request for \"a\" has been denied (IP: \"192.0.2.1\").";
        tells_nothing(
            "jellyfin",
            &[&format!("[INF] user x y.{denied}"), &format!("[INF] [user=x] [y z] A.{denied}")],
        );
    }
}
