//! Access logs of any web server, in the Common Log Format or the combined one, read from their own files.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::web::{WebRules, access, judge};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "web",
    programs: &["access_log", "access.log"],
    units: &[],
    any_program: false,
    bare: Bare::Access,
    grammar: Grammar::Web(event),
};

/// The event that an access proves.
pub(crate) fn event<'a>(line: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    judge(&access::request(line)?, rules)
}
