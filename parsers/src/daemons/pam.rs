//! PAM's modules behind the name of a program that has no grammar of its own.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::pam;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "pam",
    programs: &[],
    units: &[],
    any_program: true,
    bare: Bare::Opens(&["pam_", "(pam_unix) ", "authentication failure; "]),
    grammar: Grammar::Message(pam::event),
};

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "Nov 23 02:00:01 gate popa3d[7]: pam_unix(popa3d:auth): authentication failure; logname= uid=0 euid=0";

    #[test]
    fn a_failure_is_told_whatever_the_program() {
        tells(
            "pam",
            &format!("{OPENING} tty= ruser= rhost=203.0.113.7  user=bob"),
            "pam-failure 203.0.113.7 by bob",
        );
        tells("pam", &format!("{OPENING} tty=x ruser=y rhost=203.0.113.7 "), "pam-failure 203.0.113.7");
        tells_nothing(
            "pam",
            &[&format!("{OPENING} tty= ruser= rhost=a.example"), &format!("{OPENING} tty= ruser=")],
        );
    }

    #[test]
    fn a_client_with_words_on_both_sides_accuses_nobody_else() {
        let twice = "ruser= rhost=192.0.2.1  user=x rhost=203.0.113.7";
        tells_nothing("pam", &[&format!("{OPENING} tty=ftp {twice}")]);
        let proftpd = "Nov 23 02:00:01 gate proftpd[12]: pam_unix(proftpd:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/ftpd12 ruser=x rhost=192.0.2.1  user=foo rhost=203.0.113.9  user=x";
        tells_nothing("proftpd", &[proftpd]);
        tells_nothing("pam", &[&format!("{OPENING} tty=any ruser=x{}", &twice[6..])]);
        let named = "ruser=x rhost=192.0.2.1 y rhost=203.0.113.7";
        tells("pam", &format!("{OPENING} tty=ftp {named}"), "pam-failure 203.0.113.7");
    }
}
