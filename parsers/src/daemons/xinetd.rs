//! xinetd: `FAIL: SERVICE REASON from=IP`. A service may be one of datagrams, so the address is a claim.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "xinetd",
    programs: &[],
    units: &["xinetd"],
    any_program: false,
    bare: Bare::Opens(&["FAIL: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (_service, rest) = split::word(message.strip_prefix(b"FAIL: ")?)?;
    let (reason, rest) = split::word(rest)?;
    let kind = match reason {
        b"address" | b"libwrap" | b"time" => Kind::ConnectionRefused,
        b"per_source_limit" => Kind::RateLimited,
        _ => return None,
    };
    Some(Finding::new(kind, address::read(rest.strip_prefix(b"from=")?)?).claimed())
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refused_connections_are_told_and_those_that_found_no_room_are_not() {
        let banner = "Nov 23 02:00:01 gate xinetd[7]:";
        tells(
            "xinetd",
            &format!("{banner} FAIL: telnet address from=203.0.113.7"),
            "connection-refused 203.0.113.7 claimed",
        );
        tells(
            "xinetd",
            &format!("{banner} FAIL: ftp libwrap from=::ffff:203.0.113.7"),
            "connection-refused 203.0.113.7 claimed",
        );
        tells(
            "xinetd",
            &format!("{banner} FAIL: ftp per_source_limit from=203.0.113.7"),
            "rate-limited 203.0.113.7 claimed",
        );
        tells_nothing(
            "xinetd",
            &[
                &format!("{banner} FAIL: ftp service_limit from=203.0.113.7"),
                &format!("{banner} START: ftp pid=7 from=203.0.113.7"),
            ],
        );
    }
}
