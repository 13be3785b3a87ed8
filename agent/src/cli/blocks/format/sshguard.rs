//! SSHGuard's blacklist file: `TIMESTAMP|SERVICE|TYPE|ADDRESS`, under comments that begin with `#`.

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{Item, excerpt, network};

/// Whether a list that has this line is one.
pub(super) fn is_entry(line: &str) -> bool {
    fields(line)
        .is_some_and(|(since, entry)| since.parse::<i64>().is_ok() && entry.parse::<IpNetwork>().is_ok())
}

/// The network of one line; none of a comment. Who is blacklisted there is so for good, so there is no expiry.
pub(super) fn item(line: &str) -> Result<Option<Item>, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (since, entry) =
        fields(line).ok_or_else(|| format!("'{}' is not TIMESTAMP|SERVICE|TYPE|ADDRESS", excerpt(line)))?;
    let since = since.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let since =
        since.ok_or_else(|| format!("'{}' does not begin with a time in Unix seconds", excerpt(line)))?;
    let comment = Some(format!("blacklisted by SSHGuard since {since}"));
    Ok(Some(Item { network: network(entry)?, expiry: None, comment }))
}

/// Since when, and who.
fn fields(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split('|').map(str::trim);
    let (since, _, _, entry) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    fields.next().is_none().then_some((since, entry))
}

#[cfg(test)]
mod tests {
    use crate::cli::blocks::format::tests::{networks, read, troubles};

    const FILE: &str = "# SSHGuard blacklist file ( http://www.sshguard.net/ ).\n\
                        # Format of entries: BLACKLIST_TIMESTAMP|SERVICE|ADDRESS_TYPE|ADDRESS\n\
                        1795406400|100|4|203.0.113.7\n\
                        1795406460|260|6|2001:db8::7\n\
                        1795406460|100|4|203.0.113.0/24\n";

    #[test]
    fn the_file_is_read_as_it_is() {
        assert_eq!(networks(FILE), ["203.0.113.7/32", "2001:db8::7/128", "203.0.113.0/24"]);
        let first = read(FILE.as_bytes()).remove(0).1.unwrap();
        assert_eq!(first.comment.as_deref(), Some("blacklisted by SSHGuard since 2026-11-23T04:00:00Z"));
        assert_eq!(first.expiry, None);
    }

    #[test]
    fn what_is_no_entry_is_named_with_its_line() {
        let file = format!("{FILE}1795406460|100|4|example.com\nx|100|4|203.0.113.9\n203.0.113.9\n");
        let lines: Vec<u64> = troubles(file.as_bytes()).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [6, 7, 8]);
    }
}
