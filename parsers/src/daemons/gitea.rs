//! Gitea, Forgejo and Gogs: `[FILE:LINE:FUNCTION() ][LEVEL] [[ID] ]Failed authentication attempt for USER from
//! ADDRESS: REASON`.
//!
//! The reason names the user again, so the client has words on both sides of its address.

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "gitea",
    programs: &["forgejo", "gogs"],
    units: &["gitea", "forgejo", "gogs"],
    any_program: false,
    bare: Bare::Opens(&["...", "routers/", "modules/", "services/", "[I] ", "[W] ", "[E] ", "[D] ", "[T] "]),
    grammar: Grammar::Message(event),
};

/// What stands in front of a message, at most: the place in the source and the level.
const LONGEST_PLACE: usize = 200;

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_level(message)?;
    if let Some(rest) = text.strip_prefix(b"Failed authentication attempt for ") {
        return of_user(rest);
    }
    let openings: [(&[u8], Kind); 4] = [
        (b"Failed authentication attempt from ", Kind::FailedKey),
        (b"Failed connection from ", Kind::BadProtocol),
        (b"invalid credentials from ", Kind::FailedLogin),
        (b"Attempted access of unknown user from ", Kind::InvalidUser),
    ];
    let (kind, rest) =
        openings.iter().find_map(|(opening, kind)| Some((*kind, text.strip_prefix(*opening)?)))?;
    let (peer, rest) = peer(rest)?;
    Some(Finding::at(kind, peer).hiding(Some(Private::Detail(rest))))
}

fn behind_level(message: &[u8]) -> Option<&[u8]> {
    let start = message.get(..message.len().min(LONGEST_PLACE))?;
    let level = text::find_iter(start, b"] ").find(|&at| {
        matches!(at.checked_sub(2).and_then(|from| message.get(from..at)), Some([b'[', b'A'..=b'Z']))
    })?;
    // The place is one word: what another daemon writes there may be its client's.
    let place = start.get(..level - 2).map(<[u8]>::trim_ascii_end).filter(|place| !place.contains(&b' '))?;
    let rest = message.get(level + 2..).filter(|_| place.is_empty() || place.ends_with(b")"))?;
    let is_id = |id: &[u8]| !id.is_empty() && id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    Some(split::between(rest, b"[", b"] ").filter(|(id, _)| is_id(id)).map_or(rest, |(_, rest)| rest))
}

/// `USER from ADDRESS[: REASON]`, if that can be read in one way only.
fn of_user(text: &[u8]) -> Option<Finding<'_>> {
    let mut readings = text::find_iter(text, b" from ").filter_map(|at| {
        let (peer, reason) = peer(text.get(at + b" from ".len()..)?)?;
        Some((text.get(..at)?, peer, reason))
    });
    let (user, at, reason) = readings.next()?;
    let (kind, rest) = match reason.strip_prefix(b"user does not exist") {
        Some(rest) => (Kind::InvalidUser, rest),
        None => (Kind::FailedLogin, reason),
    };
    let finding = Finding::at(kind, at).by(user).hiding(Some(Private::Detail(rest)));
    readings.next().is_none().then_some(finding)
}

/// An address up to the end or to `: `, and what follows.
fn peer(text: &[u8]) -> Option<(Endpoint, &[u8])> {
    let (word, rest) = split::word(text)?;
    if rest.is_empty() {
        return Some((address::peer(word)?, rest));
    }
    let word = word.strip_suffix(b":").or_else(|| rest.starts_with(b"with error: ").then_some(word))?;
    Some((address::peer(word)?, rest.strip_prefix(b"with error: ").unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "2026/11/23 02:00:01 ...ers/web/auth/auth.go:195:SignInPost() [I] [5f2a]";

    #[test]
    fn failed_logins_are_told_in_the_wordings_of_all_versions() {
        let reason = "user does not exist [uid: 0, name: bob, keyid: 0]";
        let text = "Failed authentication attempt for bob from 203.0.113.7";
        tells(
            "gitea",
            &format!("{OPENING} {text}:4711: {reason}"),
            "invalid-user 203.0.113.7 port 4711 by bob",
        );
        tells("gitea", &format!("2026/11/23 02:00:01 [I] {text}"), "failed-login 203.0.113.7 by bob");
        tells(
            "gitea",
            &format!("gitea[7]: 2026/11/23 02:00:01 [I] {text}: x"),
            "failed-login 203.0.113.7 by bob",
        );
        let ssh = "Nov 23 02:00:01 gate forgejo[7]: modules/ssh/ssh.go:143:publicKeyHandler() [W]";
        tells(
            "gitea",
            &format!("{ssh} Failed authentication attempt from [2001:db8::7]:4711"),
            "failed-key 2001:db8::7 port 4711",
        );
        tells(
            "gitea",
            &format!("{ssh} Failed connection from 203.0.113.7:5 with error: EOF"),
            "bad-protocol 203.0.113.7 port 5",
        );
    }

    #[test]
    fn a_user_with_an_address_in_the_name_accuses_nobody() {
        let forged = "Failed authentication attempt for a from 192.0.2.1: b from 203.0.113.7:5: user does not exist [name: a from 192.0.2.1: b]";
        tells_nothing(
            "gitea",
            &[&format!("{OPENING} {forged}"), &format!("{OPENING} Authenticated bob from 203.0.113.7:5")],
        );
    }
    #[test]
    fn a_level_behind_the_words_of_another_daemon_is_none() {
        let text = "Failed authentication attempt for bob from 192.0.2.1:5: x";
        tells_nothing("gitea", &[&format!("... user x [W] {text}"), &format!("[I] user x [W] {text}")]);
    }
}
