//! What `fail2ban-client` says of who is banned: `banned` of all jails, `get JAIL banip --with-time` of one.

use ipnetwork::IpNetwork;
use jiff::{civil::DateTime, tz::TimeZone};

use super::{Item, excerpt, network, pieces::List};
use crate::control::Expiry;

/// How `banned` begins: a list of Python's, with an object a jail.
pub(super) const BANNED: &str = "[{'";

/// What the strings in there stand between.
pub(super) const QUOTE: u8 = b'\'';

/// Whether a list under these keys holds who is banned: it stands under its jail.
pub(super) fn lists(path: &[&str]) -> bool {
    path.len() == 1
}

/// The network of one entry of a jail.
pub(super) fn banned(entry: &str, jail: List<'_>) -> Result<Item, String> {
    let network = network(entry.trim_matches(char::from(QUOTE)))?;
    Ok(Item { network, expiry: None, comment: Some(format!("banned by fail2ban: {}", jail.key)) })
}

/// A line of `--with-time`: `ADDRESS \tBEGIN + SECONDS = END`.
struct Ban<'a> {
    address: &'a str,
    seconds: i64,
    end: &'a str,
}

impl<'a> Ban<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (address, times) = line.split_once('\t')?;
        let (from, end) = times.split_once(" = ")?;
        let (_, seconds) = from.split_once(" + ")?;
        Some(Self { address: address.trim(), seconds: seconds.trim().parse().ok()?, end: end.trim() })
    }

    /// None of a ban for good.
    fn expiry(&self, zone: &TimeZone) -> Result<Option<Expiry>, String> {
        if self.seconds < 0 {
            return Ok(None);
        }
        let end: DateTime = self.end.parse().map_err(|_| format!("'{}' is no time", excerpt(self.end)))?;
        // One that ends when the calendar does has no end either.
        Ok(zone.to_timestamp(end).ok().map(Expiry::At))
    }
}

/// Whether a list that has this line is one with times.
pub(super) fn is_timed(line: &str) -> bool {
    Ban::of(line).is_some_and(|ban| ban.address.parse::<IpNetwork>().is_ok())
}

/// The network of one line with times, which are those of `zone`.
pub(super) fn timed(line: &str, zone: &TimeZone) -> Result<Option<Item>, String> {
    if line.is_empty() {
        return Ok(None);
    }
    let ban = Ban::of(line)
        .ok_or_else(|| format!("'{}' is not ADDRESS, then BEGIN + SECONDS = END", excerpt(line)))?;
    Ok(Some(Item { network: network(ban.address)?, expiry: ban.expiry(zone)?, comment: None }))
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;
    use crate::cli::blocks::format::tests::{networks, read, troubles};

    #[test]
    fn who_is_banned_in_all_jails_is_read_with_the_jail() {
        let text =
            "[{'sshd': ['203.0.113.7', '2001:db8::7']}, {'recidive': []}, {'web': ['198.51.100.0/24']}]\n";
        let items: Vec<_> = read(text.as_bytes()).into_iter().map(|(_, item)| item.unwrap()).collect();
        let told = |item: &Item| format!("{} {}", item.network, item.comment.as_deref().unwrap_or_default());
        assert_eq!(
            items.iter().map(told).collect::<Vec<_>>(),
            [
                "203.0.113.7/32 banned by fail2ban: sshd",
                "2001:db8::7/128 banned by fail2ban: sshd",
                "198.51.100.0/24 banned by fail2ban: web"
            ]
        );
        let (_, why) = troubles(b"[{'sshd': ['203.0.113.7', 'user-x']}]").remove(0);
        assert_eq!(why, "'user-x' is no address and no network");
    }

    #[test]
    fn more_than_one_line_holds_is_read() {
        let banned: Vec<String> = (0..20_000).map(|n| format!("'11.0.{}.{}'", n / 250, n % 250)).collect();
        assert_eq!(networks(&format!("[{{'sshd': [{}]}}]", banned.join(", "))).len(), 20_000);
    }

    #[test]
    fn a_ban_ends_when_it_says_on_the_clock_of_this_machine() {
        let zone = TimeZone::fixed(offset(1));
        let line = "203.0.113.7 \t2026-11-23 04:00:00 + 600 = 2026-11-23 04:10:00";
        assert!(is_timed(line));
        let item = timed(line, &zone).unwrap().unwrap();
        assert_eq!(item.network.to_string(), "203.0.113.7/32");
        assert_eq!(item.expiry, Some(Expiry::At("2026-11-23T03:10:00Z".parse().unwrap())));
        let for_good = timed("203.0.113.7 \t2026-11-23 04:00:00 + -1 = 9999-12-31 23:59:59", &zone);
        assert_eq!(for_good.unwrap().unwrap().expiry, None);
        let text =
            format!("{line}\n203.0.113.8 \t2026-11-23 04:00:00 + 600 = 2026-11-23 04:10:00\n203.0.113.9\n");
        assert_eq!(read(text.as_bytes()).len(), 3);
        assert_eq!(troubles(text.as_bytes())[0].0, 3);
    }
}
