//! Suhosin, which hardens PHP: `ALERT - TEXT (attacker 'IP', file 'FILE'[, line N])`, through syslog or a web
//! server's log.
//!
//! The text has words of the client, and the address stands behind them; the file is the server's own.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "suhosin",
    programs: &["suhosin7"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["ALERT - "]),
    grammar: Grammar::Message(event),
};

pub(super) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"ALERT - ")?;
    let (text, rest) = split::last(text, b" (attacker '")?;
    let (address, rest) = split::first(rest, b"', file '")?;
    let file = rest.get(..text::find(rest, b"'")?)?;
    let finding = Finding::new(Kind::FilteredRequest, address::read(address)?);
    Some(finding.hiding(Some(Private::Query(text))).hiding(Some(Private::Detail(file))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn an_alert_is_told_wherever_it_is_logged() {
        let text = "ALERT - dropped variable 'a (attacker '192.0.2.1', file '/x')' (attacker '203.0.113.7', file '/srv/x.php', line 7)";
        tells("suhosin", &format!("Nov 23 02:00:01 gate suhosin[7]: {text}"), "filtered-request 203.0.113.7");
        tells(
            "lighttpd",
            &format!("gate lighttpd[7]: (mod_fastcgi.c.2676) FastCGI-stderr: {text}"),
            "filtered-request 203.0.113.7",
        );
        tells_nothing("suhosin", &["suhosin[7]: ALERT - x (attacker 'REMOTE_ADDR not set', file '/x')"]);
    }
}
