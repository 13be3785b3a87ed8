//! Horde and IMP: `FAILED LOGIN for USER [IP][ (forwarded for [HEADER])] to WHERE [...]`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "horde",
    programs: &["HORDE"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&[
        "HORDE [",
        "HORDE: [",
        "ERR: HORDE",
        "NOTICE: HORDE",
        "FAILED LOGIN for ",
        "[horde] ",
        "[imp] ",
    ]),
    grammar: Grammar::Message(event),
};

/// The client has words on both sides of its address, its name and a header.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let words = behind_tags(message).strip_prefix(b"FAILED LOGIN for ")?;
    let readings = text::find_iter(words, b" [").filter_map(|at| {
        let (address, rest) = address::bracketed(words.get(at + 1..)?)?;
        let rest = [&b" to "[..], b" (forwarded for ["].iter().find_map(|mark| rest.strip_prefix(*mark))?;
        Some((words.get(..at)?, address, rest))
    });
    let (user, address, rest) = split::single(readings)?;
    Some(Finding::new(Kind::FailedLogin, address).by(user).hiding(Some(Private::Detail(rest))))
}

/// Without the level, `HORDE `, the level again and the application: `NOTICE: HORDE: [error] [imp] `.
fn behind_tags(message: &[u8]) -> &[u8] {
    let mut text = message;
    for tag in [&b"ERR: "[..], b"NOTICE: ", b"HORDE: ", b"HORDE "] {
        text = text.strip_prefix(tag).unwrap_or(text);
    }
    while let Some((tag, rest)) = split::between(text, b"[", b"] ") {
        if tag.len() > 16 {
            break;
        }
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told() {
        for opening in [
            "Nov 23 02:00:01 HORDE [error] [horde]",
            "Nov 23 02:00:01 mx HORDE[7]: [imp]",
            "2026-11-23T02:00:01+01:00 ERR: HORDE [horde]",
            "2026-11-23T02:00:01+01:00 NOTICE: HORDE: [horde]",
        ] {
            for end in [
                "to Horde [on line 7 of \"/srv/login.php\"]",
                "(forwarded for [192.0.2.1]) to {mx.example:993 [imap/ssl]} [pid 7]",
            ] {
                let line = format!("{opening} FAILED LOGIN for bob [203.0.113.7] {end}");
                tells("horde", &line, "failed-login 203.0.113.7 by bob");
            }
        }
    }

    #[test]
    fn a_user_full_of_brackets_is_told_with_its_address() {
        let user = format!("x{}", " [".repeat(1_000));
        let line =
            format!("Nov 23 02:00:01 HORDE [error] [horde] FAILED LOGIN for {user} [203.0.113.7] to Horde");
        tells("horde", &line, &format!("failed-login 203.0.113.7 by {user}"));
    }

    #[test]
    fn a_user_or_a_header_that_looks_like_an_address_accuses_nobody() {
        let opening = "Nov 23 02:00:01 HORDE [error] [horde] FAILED LOGIN for";
        tells_nothing(
            "horde",
            &[
                &format!("{opening} x [192.0.2.1] to Horde [203.0.113.7] to Horde [on line 7]"),
                &format!(
                    "{opening} x [203.0.113.7] (forwarded for [y [192.0.2.1] to z]) to Horde [on line 7]"
                ),
                &format!("{opening} x [gate.example] to Horde"),
                &format!("{opening} {}", " [".repeat(30_000)),
            ],
        );
    }
}
