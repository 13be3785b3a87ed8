//! Roundcube: `userlogins.log` (rcmail.php) and the failures of its IMAP client in `errors.log` (rcube_imap.php), or
//! both through syslog.
//!
//! The client has words on both sides of its address: its name, and the headers `X-Real-IP` and `X-Forwarded-For`.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "roundcube",
    programs: &["roundcubemail"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["IMAP Error: Login failed for ", "Failed login for ", "FAILED login for ", "<"]),
    grammar: Grammar::Message(event),
};

/// The longest headers: two addresses, or a few where there are proxies.
const LONGEST: usize = 1024;

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_session(message);
    let words = ["IMAP Error: Login failed for ", "Failed login for ", "FAILED login for "]
        .iter()
        .find_map(|opening| text.strip_prefix(opening.as_bytes()))?;
    let reading = split::single(text::find_iter(words, b" from ").filter_map(|at| Reading::at(words, at)))?;
    let finding = Finding::new(reading.kind?, reading.address).by(reading.user);
    let finding = finding.hiding(reading.host.map(Private::Host));
    Some(finding.hiding(Some(Private::Detail(reading.headers))).hiding(Some(Private::Detail(reading.rest))))
}

/// Without `<SESSION> `.
fn behind_session(message: &[u8]) -> &[u8] {
    let behind = || {
        let (session, text) = split::between(message, b"<", b"> ")?;
        session.iter().all(u8::is_ascii_alphanumeric).then_some(text)
    };
    behind().unwrap_or(message)
}

/// `USER[ against HOST] from IP[(HEADERS)]END`, read at one of the places where ` from ` stands.
struct Reading<'a> {
    user: &'a [u8],
    host: Option<&'a [u8]>,
    address: IpAddr,
    headers: &'a [u8],
    /// Nothing if the fault was not the client's.
    kind: Option<Kind>,
    /// What follows the words that tell the kind.
    rest: &'a [u8],
}

impl<'a> Reading<'a> {
    fn at(words: &'a [u8], at: usize) -> Option<Self> {
        let (before, behind) = (words.get(..at)?, words.get(at + b" from ".len()..)?);
        let length = behind.iter().position(|byte| b" (".contains(byte)).unwrap_or(behind.len());
        let token = behind.get(..length)?;
        let token = token.strip_suffix(b".").unwrap_or(token);
        let address = address::read(token)?;
        let rest = behind.get(token.len()..)?;
        let (headers, (kind, rest)) = match rest.strip_prefix(b"(") {
            Some(inside) => {
                // Without an end near by it is no less a reading, and the search for a second one goes on from here.
                let near = inside.get(..LONGEST).unwrap_or(inside);
                let headers = split::first(near, b")").map_or(near, |(headers, _)| headers);
                let behind = inside.get(headers.len()..)?.strip_prefix(b")");
                (headers, behind.and_then(end).unwrap_or((None, &[])))
            }
            None => (&[][..], end(rest)?),
        };
        let (user, host) = match split::last(before, b" against ") {
            Some((user, host)) => (user, Some(host)),
            None => (before, None),
        };
        Some(Self { user, host, address, headers, kind, rest })
    }
}

/// What may follow the address: nothing, the error of the IMAP server, or the session and the number of the error. An
/// error that is not known is none of the client's, but it shows that this may be the true address.
fn end(text: &[u8]) -> Option<(Option<Kind>, &[u8])> {
    if text.is_empty() || text == b"." {
        return Some((Some(Kind::FailedLogin), &[]));
    }
    if let Some(error) = text.strip_prefix(b". ") {
        let command =
            [&b"AUTHENTICATE "[..], b"LOGIN: "].iter().find_map(|command| error.strip_prefix(*command));
        // No server begins like this; Roundcube itself goes on like this behind the server's words.
        let is_error = !error.starts_with(b"from ") && !error.starts_with(b"in /");
        return is_error.then_some((command.map(|_| Kind::FailedLogin), command.unwrap_or_default()));
    }
    let session = text.strip_prefix(b" in session ")?;
    let length = session.iter().position(|byte| !byte.is_ascii_alphanumeric())?;
    let kind = match session.get(length..)?.strip_prefix(b" (error: ")? {
        b"0)" => Some(Kind::FailedLogin),
        b"1)" => Some(Kind::BadRequest),
        b"4)" => Some(Kind::RateLimited),
        _ => None,
    };
    Some((kind, &[]))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const TIME: &str = "[23-Nov-2026 02:00:01 +0100]:";
    const END: &str = "AUTHENTICATE PLAIN: A1 NO x in /srv/rcube_imap.php on line 7 (POST /?_task=login)";

    #[test]
    fn a_failed_login_is_told_in_the_wordings_of_all_versions() {
        for text in [
            "FAILED login for bob from 203.0.113.7".to_owned(),
            "<ab12> Failed login for bob from 203.0.113.7 in session 5x7 (error: 0)".to_owned(),
            "IMAP Error: Login failed for bob from 203.0.113.7".to_owned(),
            format!("<ab12> IMAP Error: Login failed for bob against mx.example from 203.0.113.7. {END}"),
            format!(
                "IMAP Error: Login failed for bob from 203.0.113.7(X-Real-IP: 192.0.2.1,X-Forwarded-For: x). {END}"
            ),
            "Failed login for bob from 203.0.113.7(X-Forwarded-For: 192.0.2.1) in session 5x7 (error: 0)"
                .to_owned(),
        ] {
            for banner in [TIME, "Nov 23 02:00:01 mx roundcube[7]:"] {
                tells("roundcube", &format!("{banner} {text}"), "failed-login 203.0.113.7 by bob");
            }
        }
        let v6 = format!("{TIME} IMAP Error: Login failed for bob from 2001:db8::7. {END}");
        tells("roundcube", &v6, "failed-login 2001:db8::7 by bob");
    }

    #[test]
    fn the_servers_own_trouble_is_nothing() {
        tells_nothing(
            "roundcube",
            &[
                &format!("{TIME} Failed login for bob from 203.0.113.7 in session 5x7 (error: -2)"),
                &format!(
                    "{TIME} IMAP Error: Login failed for bob from 203.0.113.7. Could not connect to mx.example:993: x"
                ),
                &format!("{TIME} Successful login for bob (ID: 7) from 203.0.113.7 in session 5x7"),
            ],
        );
    }

    #[test]
    fn a_user_or_a_header_that_looks_like_an_address_accuses_nobody_else() {
        let failed = format!("{TIME} IMAP Error: Login failed for");
        tells(
            "roundcube",
            &format!("{failed} x from 192.0.2.1. from 203.0.113.7. {END}"),
            "failed-login 203.0.113.7 by x from 192.0.2.1.",
        );
        tells(
            "roundcube",
            &format!("{failed} x from 192.0.2.1 from 203.0.113.7"),
            "failed-login 203.0.113.7 by x from 192.0.2.1",
        );
        tells_nothing(
            "roundcube",
            &[
                &format!("{failed} x from 192.0.2.1. {END} from 203.0.113.7. {END}"),
                &format!("{failed} x from 192.0.2.1. {END} from 203.0.113.7. Internal error x"),
                &format!(
                    "{failed} x from 192.0.2.1. from 203.0.113.7(X-Real-IP: {}). {END}",
                    "y".repeat(2_000)
                ),
                &format!("{failed} x{}", " from 192.0.2.1(".repeat(10_000)),
                &format!("{failed} x{}", " from 192.0.2.1 in session a".repeat(10_000)),
                &format!("{failed} x from 203.0.113.7(X-Real-IP: y from 192.0.2.1. {END}). {END}"),
            ],
        );
    }
}
