//! Squid's own access log: `TIME ELAPSED IP RESULT/STATUS BYTES METHOD URL USER HIERARCHY/PEER TYPE`
//! (<https://wiki.squid-cache.org/Features/LogFormat>). Everything of the client stands behind its address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "squid",
    programs: &["(squid-1)", "squid3"],
    units: &["squid"],
    any_program: false,
    bare: Bare::Opens(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let message = message.trim_ascii_start();
    let (elapsed, rest) = split::word(message)?;
    // In syslog the time still stands in front.
    let (elapsed, rest) = if elapsed.contains(&b'.') { split::word(rest)? } else { (elapsed, rest) };
    let (address, rest) = split::word(rest).filter(|_| elapsed.iter().all(u8::is_ascii_digit))?;
    let address = address::read(address)?;
    let (result, rest) = split::word(rest)?;
    let (_bytes, rest) = split::word(rest)?;
    let (_method, rest) = split::word(rest)?;
    let (url, rest) = split::word(rest)?;
    let (user, _) = split::word(rest)?;
    let user = Some(user).filter(|user| *user != b"-");
    let (code, status) = split::first(result, b"/")?;
    let kind = match status {
        // Its own users are refused the sites that its rules forbid: only the number tells.
        b"403" if code.starts_with(b"TCP_DENIED") => Kind::ClientError,
        b"407" if code.starts_with(b"TCP_DENIED") && user.is_some() => Kind::FailedLogin,
        b"407" if code.starts_with(b"TCP_DENIED") => Kind::Unauthorized,
        b"400" | b"405" | b"501" if code.starts_with(b"NONE") || code.starts_with(b"TCP_DENIED") => {
            Kind::BadRequest
        }
        _ => return None,
    };
    let finding = Finding { user, ..Finding::new(kind, address) };
    Some(finding.hiding(Some(Private::Query(url))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refusals_are_told_from_its_file_and_from_syslog() {
        for banner in ["1795399201.123    ", "Nov 23 02:00:01 gate squid[7]: 1795399201.123    "] {
            for (result, user, told) in [
                ("TCP_DENIED/403", "-", "client-error 203.0.113.7"),
                ("TCP_DENIED/407", "bob", "failed-login 203.0.113.7 by bob"),
                ("TCP_DENIED/407", "-", "unauthorized 203.0.113.7"),
                ("NONE/405", "-", "bad-request 203.0.113.7"),
                ("NONE_NONE/400", "-", "bad-request 203.0.113.7"),
            ] {
                let line = format!(
                    "{banner}  4 203.0.113.7 {result} 4099 GET http://a.example/ {user} HIER_NONE/- text/html"
                );
                tells("squid", &line, told);
            }
            tells_nothing(
                "squid",
                &[&format!(
                    "{banner} 4 203.0.113.7 TCP_MISS/403 4099 GET http://a.example/ - HIER_DIRECT/192.0.2.1 text/html"
                )],
            );
        }
    }
}
