//! The access log of openHAB's web server (Jetty): a refused request to one of its own pages. Its clients send their
//! password at once, so that a refusal is a wrong one.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::web::{WebRules, access, judge};
use crate::{Kind, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "openhab",
    programs: &[],
    units: &["openhab", "openhab2"],
    any_program: false,
    bare: Bare::Access,
    grammar: Grammar::Web(event),
};

/// Pages that only openHAB has.
const PAGES: [&[u8]; 5] = [b"/openhab.app", b"/rest/", b"/basicui/", b"/paperui/", b"/habpanel/"];

fn event<'a>(line: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    // Jetty writes two spaces, which no other server does.
    split::first(line, b" ").filter(|(_, rest)| rest.starts_with(b"-  "))?;
    let request = access::request(line)?;
    // The page's name stays readable in what is shared, as the proof; what is behind it is private.
    let behind = PAGES.iter().find_map(|page| request.target.strip_prefix(*page))?;
    let finding = judge(&request.to(behind), rules)?;
    (finding.kind == Kind::Unauthorized).then_some(Finding { kind: Kind::FailedLogin, ..finding })
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_refused_request_is_told_whatever_the_language_of_the_month() {
        for month in ["nov.", "Nov", "août", "Dez", "sept."] {
            let line =
                format!("203.0.113.7 -  -  [23/{month}/2026:02:00:01 +0100] \"GET /rest/items HTTP/1.1\"");
            tells("openhab", &format!("{line} 401 7"), "failed-login 203.0.113.7");
            tells_nothing(
                "openhab",
                &[&format!("{line} 200 7"), &format!("{line} 401 7").replace("-  -", "- -")],
            );
        }
    }

    #[test]
    fn the_page_stays_readable_in_what_is_shared_and_what_is_behind_it_does_not() {
        let line =
            b"203.0.113.7 -  -  [23/Nov/2026:02:00:01 +0100] \"GET /rest/items/alice?a=b HTTP/1.1\" 401 7";
        let (_, event) = crate::parse_line(Some("openhab".parse().unwrap()), line).unwrap();
        let hidden: alloc::vec::Vec<_> = event.others.iter().flatten().map(|part| part.bytes()).collect();
        assert_eq!(hidden, [b"items/alice?a=b"]);
    }
}
