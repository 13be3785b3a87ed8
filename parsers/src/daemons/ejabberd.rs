//! ejabberd: `[LEVEL] <PID>@ejabberd_c2s:FUNCTION:LINE (SOCKET) Failed[ c2s MECHANISM] authentication for JID from[
//! IP] IP[: REASON]`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "ejabberd",
    programs: &["ejabberdctl"],
    units: &["ejabberd"],
    any_program: false,
    bare: Bare::Opens(&["[info] <", "[warning] <", "[notice] <", "I(<"]),
    grammar: Grammar::Message(event),
};

/// The account stands before the address. The reason is one of the server's own.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (place, rest) = split::first(message, b" (")?;
    let _ = text::find(place, b"ejabberd_c2s:")?;
    let (_socket, rest) = split::first(rest, b") Failed ")?;
    let (mechanism, rest) = split::first(rest, b"authentication for ")?;
    let is_own = mechanism.is_empty() || mechanism.starts_with(b"c2s ") && mechanism.len() < 40;
    let (user, peer) = split::last(rest, b" from ").filter(|_| is_own)?;
    let peer = peer.strip_prefix(b"IP ").unwrap_or(peer);
    let (address, reason) =
        split::first(peer, b" ({{").or_else(|| split::first(peer, b": ")).unwrap_or((peer, b""));
    let is_reason = !reason.contains(&b'@');
    Some(Finding::new(Kind::FailedLogin, address::read(address).filter(|_| is_reason)?).by(user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_in_the_wordings_of_all_versions() {
        for (place, from) in [
            (
                "[info] <0.7.1>@ejabberd_c2s:wait_for_feature_request:662 ({socket_state,p1_tls,{tlssock,#Port<0.7>}})",
                "from IP 203.0.113.7",
            ),
            (
                "[info] <0.7.0>@ejabberd_c2s:wait_for_sasl_response:965 ({socket_state,gen_tcp,#Port<0.7>})",
                "from 203.0.113.7",
            ),
            (
                "[warning] <0.7.0>@ejabberd_c2s:handle_auth_failure:433 (tls|<0.7.0>)",
                "from ::FFFF:203.0.113.7: Invalid username or password",
            ),
        ] {
            for words in ["Failed authentication for", "Failed c2s PLAIN authentication for"] {
                let line =
                    format!("2026-11-23 02:00:01.123 {place} {words} x from 192.0.2.1: y@a.example {from}");
                tells("ejabberd", &line, "failed-login 203.0.113.7 by x from 192.0.2.1: y@a.example");
            }
        }
        tells(
            "ejabberd",
            "I(<0.7.0>:ejabberd_c2s:813) : ({socket_state,tls,x}) Failed authentication for bob@a.example from IP 203.0.113.7 ({{203,0,113,7},4711})",
            "failed-login 203.0.113.7 by bob@a.example",
        );
        tells_nothing(
            "ejabberd",
            &[
                "2026-11-23 02:00:01.123 [info] <0.7.0>@ejabberd_c2s:handle_auth_success:418 (tls|<0.7.0>) Accepted c2s PLAIN authentication for bob@a.example from 203.0.113.7",
            ],
        );
    }
}
