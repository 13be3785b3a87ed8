//! Where a line names people and machines of the attacked side, so that evidence can leave without them.
//!
//! Replacing any of the ranges by words of `[a-z]+` leaves the event's service, kind, address, provenance,
//! count and port as they were: no grammar takes a decision from inside a name. And it hides all of them at once:
//! in the new line the same ranges are found, each holding its word.

use core::ops::Range;

use crate::event::OTHERS;
use crate::{Event, Line, Private, Service};

/// A name in a raw line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateRange<'a> {
    /// Its bytes in the raw line, never empty.
    pub range: Range<usize>,
    /// What it is.
    pub what: Private<'a>,
}

/// The names in `raw`, from left to right and without overlap: the host and the relays of the banner, the user, and
/// whatever else the grammar knows. `line` and `event` are those that were parsed from `raw`.
pub fn private_ranges<'a>(
    raw: &'a [u8],
    line: &Line<'a>,
    event: &Event<'a>,
) -> impl Iterator<Item = PrivateRange<'a>> {
    let instance = line.program.and_then(Service::instance).map(Private::Detail);
    let banner = [line.host.map(Private::Host), instance, line.data.map(Private::Detail)];
    let message = core::iter::once(event.user.map(Private::User)).chain(event.others);
    let mut names = [const { None }; 4 + OTHERS];
    for (slot, what) in names.iter_mut().zip(banner.into_iter().chain(message).flatten()) {
        *slot = range_in(raw, what.bytes()).map(|range| PrivateRange { range, what });
    }
    names.sort_unstable_by_key(|name| name.as_ref().map(|name| name.range.start));
    names.into_iter().flatten()
}

/// Where `part` lies in `whole`; nothing if it is empty or lies elsewhere.
fn range_in(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (start < end && end <= whole.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_line;

    fn redacted(raw: &str) -> String {
        let (line, event) = parse_line(None, raw.as_bytes()).unwrap();
        let mut text = raw.as_bytes().to_vec();
        let ranges: Vec<_> = private_ranges(raw.as_bytes(), &line, &event).collect();
        for name in ranges.into_iter().rev() {
            let word: &[u8] = match name.what {
                Private::Host(_) => b"host",
                Private::User(_) => b"user",
                Private::LocalAddress(_) => b"here",
                Private::Query(_) => b"query",
                Private::Detail(_) => b"detail",
            };
            text.splice(name.range, word.iter().copied());
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_host_and_the_user_can_be_replaced() {
        assert_eq!(
            redacted("Nov 23 02:00:01 gate sshd[1]: Failed password for bob from 203.0.113.7 port 5 ssh2"),
            "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2"
        );
    }

    #[test]
    fn a_user_that_is_named_twice_is_found_twice() {
        assert_eq!(
            redacted(
                "dropbear[7]: Exit before auth (user 'bob', 5 fails): Max auth tries reached - user 'bob' from 203.0.113.7:5"
            ),
            "dropbear[7]: Exit before auth (user 'user', 5 fails): Max auth tries reached - user 'user' from 203.0.113.7:5"
        );
    }

    #[test]
    fn the_details_of_a_key_and_its_holder_are_private() {
        let key = "RSA SHA256:q ID alice@corp (serial 7) CA ED25519 SHA256:z";
        let holder = "RSA SHA256:q, client user \"alice\", client host \"laptop.corp\"";
        for details in [key, holder] {
            assert_eq!(
                redacted(&format!(
                    "sshd[7]: Failed publickey for bob from 203.0.113.7 port 5 ssh2: {details}"
                )),
                "sshd[7]: Failed publickey for user from 203.0.113.7 port 5 ssh2: detail"
            );
        }
        assert_eq!(
            redacted("dropbear[7]: Pubkey auth bad signature for 'bob' with key SHA256:q from 203.0.113.7:5"),
            "dropbear[7]: Pubkey auth bad signature for 'user' with key detail from 203.0.113.7:5"
        );
    }

    #[test]
    fn the_hosts_that_a_key_is_good_for_are_private() {
        let opening = "sshd[7]: Authentication tried for bob with correct key but not from a permitted host";
        let hidden = opening.replace("bob", "user");
        assert_eq!(
            redacted(&format!("{opening} (host=a.corp, ip=203.0.113.7, required=10.20.30.0/24,b.corp).")),
            format!("{hidden} (host=host, ip=203.0.113.7, required=detail).")
        );
        assert_eq!(
            redacted(&format!("{opening} (host=a.corp, ip=203.0.113.7).")),
            format!("{hidden} (host=host, ip=203.0.113.7).")
        );
    }

    #[test]
    fn the_own_version_is_private_and_the_peers_is_not() {
        let opening = "sshd[7]: Protocol major versions differ for 203.0.113.7 port 5";
        assert_eq!(
            redacted(&format!("{opening}: SSH-2.0-OpenSSH_9.2p1 Debian-2 vs. SSH-1.5-x")),
            format!("{opening}: detail vs. SSH-1.5-x")
        );
    }

    #[test]
    fn a_host_that_the_peer_asks_for_is_private_and_so_is_a_resolved_name() {
        assert_eq!(
            redacted(
                "sshd[7]: Bad protocol version identification 'GET http://gate.corp/' from 203.0.113.7 port 5"
            ),
            "sshd[7]: Bad protocol version identification 'detail' from 203.0.113.7 port 5"
        );
        assert_eq!(
            redacted("sshd[7]: refused connect from laptop.corp (203.0.113.7)"),
            "sshd[7]: refused connect from host (203.0.113.7)"
        );
    }

    #[test]
    fn an_own_address_is_private_and_the_attackers_is_not() {
        assert_eq!(
            redacted("sshd[7]: drop connection #5 from [203.0.113.7]:5 on [192.0.2.1]:22 past MaxStartups"),
            "sshd[7]: drop connection #5 from [203.0.113.7]:5 on here past MaxStartups"
        );
    }

    #[test]
    fn the_relays_and_the_ends_of_the_connection_in_a_banner_are_private() {
        let message = "Invalid user bob from 203.0.113.7 port 5";
        let unit = "sshd@0-192.0.2.1:2222-203.0.113.7:5.service";
        let raw = format!("<34>1 - gate {unit} 7 - [origin ip=\"192.0.2.1\"][a b=\"]\"] {message}");
        assert_eq!(
            redacted(&raw),
            "<34>1 - host sshd@detail.service 7 - [detail] Invalid user user from 203.0.113.7 port 5"
        );
    }

    #[test]
    fn a_slice_from_elsewhere_has_no_range() {
        let (whole, part) = (b"abc".to_vec(), b"b".to_vec());
        assert_eq!(range_in(&whole, &part), None);
        assert_eq!(range_in(&whole, &whole[3..]), None);
        assert_eq!(range_in(&whole, &whole[1..2]), Some(1..2));
    }
}
