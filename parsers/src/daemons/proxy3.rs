//! 3proxy's default format: `NAME.PORT ERROR USER IP:PORT IP:PORT BYTES BYTES HOPS TEXT`
//! (<https://3proxy.org/doc/howtoe.html>, the numbers of errors at its end). A user's name and the request surround the
//! address, so it counts when there is one reading.

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "3proxy",
    programs: &[],
    units: &["3proxy"],
    any_program: false,
    bare: Bare::Opens(&[
        "PROXY.", "SOCKS.", "SOCKS4.", "SOCKS5.", "HTTP.", "HTTPS.", "FTPPR.", "POP3P.", "SMTPP.", "ADMIN.",
    ]),
    grammar: Grammar::Message(event),
};

/// What stands around the user: the addresses of the client and the target, and the text.
#[derive(Debug, Clone, Copy)]
struct Reading<'a> {
    user: &'a [u8],
    peer: Endpoint,
    words: &'a [u8],
}

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (_service, rest) = split::word(message)?;
    let (error, rest) = split::word(rest).filter(|(error, _)| error.len() == 5)?;
    let kind = match text::number::<u16>(error)? {
        1..=4 => Kind::RelayDenied,
        5 => Kind::InvalidUser,
        6..=9 => Kind::FailedLogin,
        10 => Kind::RateLimited,
        500..=599 => Kind::BadProtocol,
        _ => return None,
    };
    let mut readings = text::find_iter(rest, b" ").filter_map(|at| reading(rest, at));
    let Reading { user, peer, words } = readings.next().filter(|_| readings.next().is_none())?;
    let finding = Finding::at(kind, peer).hiding(Some(Private::Query(words)));
    Some(if user == b"-" { finding } else { finding.by(user) })
}

fn reading(text: &[u8], at: usize) -> Option<Reading<'_>> {
    let (user, rest) = (text.get(..at)?, text.get(at + 1..)?);
    let (peer, rest) = split::word(rest)?;
    let (target, mut rest) = split::word(rest)?;
    let (peer, _) = (address::joined(peer)?, address::joined(target)?);
    for _ in 0..3 {
        let (number, after) = split::word(rest)?;
        text::number::<u64>(number)?;
        rest = after;
    }
    Some(Reading { user, peer, words: rest })
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    fn line(error: &str, user: &str, words: &str) -> String {
        format!(
            "23-11-2026 02:00:01 +0100 PROXY.3128 {error} {user} 203.0.113.7:4711 0.0.0.0:0 0 0 0 {words}"
        )
    }

    #[test]
    fn refusals_are_told_by_the_number_of_the_error() {
        for (error, user, told) in [
            ("00001", "-", "relay-denied 203.0.113.7 port 4711"),
            ("00004", "-", "relay-denied 203.0.113.7 port 4711"),
            ("00005", "bob", "invalid-user 203.0.113.7 port 4711 by bob"),
            ("00007", "bob", "failed-login 203.0.113.7 port 4711 by bob"),
            ("00508", "-", "bad-protocol 203.0.113.7 port 4711"),
        ] {
            tells("3proxy", &line(error, user, "GET http://a.example/ HTTP/1.1"), told);
            tells("3proxy", &line(error, user, ""), told);
        }
        tells_nothing("3proxy", &[&line("00000", "-", "GET /"), &line("00012", "-", "GET /")]);
    }

    #[test]
    fn a_line_with_two_readings_accuses_nobody() {
        let forged = "192.0.2.1:5 0.0.0.0:0 0 0 0";
        tells_nothing(
            "3proxy",
            &[&line("00005", &format!("x {forged}"), ""), &line("00001", "-", &format!("GET {forged}"))],
        );
    }
}
