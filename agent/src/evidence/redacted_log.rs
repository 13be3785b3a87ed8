//! A log that somebody else wrote, line by line as it may leave the house.

use std::borrow::Cow;

use jiff::Timestamp;
use sentinel_parsers::parse_line;

use super::{
    Redactor, VerifyError,
    header::{self, Header},
};
use crate::domain::MaliciousLog;

/// How many of the changed lines are named.
const NAMED: usize = 3;
/// What a header says by one word each; anything else in it is a note of whoever wrote the log.
const KEYS: [&[u8]; 6] = [b"sentinel-log", b"detector", b"service", b"window", b"timezone", b"parser"];

/// A log as it may leave the house, and what it differs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedactedLog {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many lines of the original are not here, or say something else than their time in another way.
    pub changed: usize,
    /// The numbers of the first of them, counted from 1.
    pub first: Vec<usize>,
}

impl Redactor {
    /// The log with its lines redacted; those that prove nothing are left out. A whole log that was redacted before stays
    /// as it is. `now` dates lines that tell no time, and gives the year to those that lack one.
    ///
    /// # Errors
    /// When the header cannot be read.
    pub fn log(&self, log: &MaliciousLog, now: Timestamp) -> Result<RedactedLog, VerifyError> {
        let (header, body) = header::split(log.bytes())?;
        let head = log.bytes().strip_suffix(body).unwrap_or_default();
        let heads = lines(head).map(|raw| (raw, self.header_line(raw)));
        let bodies = lines(body).map(|raw| (raw, self.body_line(&header, raw, now)));
        let mut redacted = RedactedLog::default();
        for (number, (raw, leaves)) in (1..).zip(heads.chain(bodies)) {
            let leaves = leaves.unwrap_or_default();
            if !says_the_same(raw, &leaves) {
                redacted.changed += 1;
                if redacted.first.len() < NAMED {
                    redacted.first.push(number);
                }
            }
            redacted.bytes.extend_from_slice(&leaves);
        }
        Ok(redacted)
    }

    fn header_line<'a>(&self, raw: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let text = raw.strip_prefix(b"#")?;
        let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let is_known = KEYS.contains(&words.next()?) && words.next().is_some() && words.next().is_none();
        (is_known && self.is_foreign(raw)).then_some(Cow::Borrowed(raw))
    }

    fn body_line<'a>(&self, header: &Header, raw: &'a [u8], now: Timestamp) -> Option<Cow<'a, [u8]>> {
        if raw.trim_ascii().is_empty() {
            return Some(Cow::Borrowed(raw));
        }
        let (line, event) = parse_line(header.service, raw)?;
        let reference = header.window.map_or(now, |(_, end)| end).as_second();
        let second = line.timestamp.and_then(|time| time.resolve(reference, header.offset));
        let at = second.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(now);
        let text = self.line(&line, &event, at)?;
        // Without a service in the header the line has to be recognised by itself.
        let (_, again) = parse_line(header.service, &text)?;
        if (again.address, again.service) != (event.address, event.service) {
            return None;
        }
        Some(Cow::Owned([&text, b"\n".as_slice()].concat()))
    }
}

/// Whether two lines differ in how they write their time at the most.
fn says_the_same(raw: &[u8], leaves: &[u8]) -> bool {
    let behind_the_time = leaves.splitn(2, |byte| *byte == b' ').nth(1).map(<[u8]>::trim_ascii_end);
    raw == leaves
        || behind_the_time.and_then(|rest| raw.trim_ascii_end().strip_suffix(rest)).is_some_and(is_time)
}

/// Whether this is no more than a time, such as `Nov 23 02:00:01`: no host's name hides in it.
fn is_time(text: &[u8]) -> bool {
    let month = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let rest = text.get(month..).unwrap_or_default();
    matches!(month, 0 | 3) && rest.iter().all(|byte| byte.is_ascii_digit() || b" :.,-+/TZ".contains(byte))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        detect::{Detection, Method, SeenLine, testing::sshd},
        evidence::{Own, attackers, write},
    };

    fn redacted(text: &str) -> RedactedLog {
        let redactor = Redactor::new(Own::default().and("corp.example"));
        let now = "2026-11-24T00:00:00Z".parse().unwrap();
        redactor.log(&MaliciousLog::new(text.into()).unwrap(), now).unwrap()
    }

    fn line(host: &str, user: &str, address: &str) -> String {
        format!("Nov 23 02:00:01 {host} sshd[1]: Failed password for {user} from {address} port 5 ssh2\n")
    }

    #[test]
    fn a_log_that_this_agent_wrote_stays_as_it_is() {
        let raw = line("gate", "alice", "203.0.113.7");
        let at = "2026-11-23T02:00:01Z".parse().unwrap();
        let detection = Detection {
            network: "203.0.113.7".parse().unwrap(),
            service: sshd(),
            method: Method::BruteForce,
            provenance: sentinel_parsers::Provenance::Proven,
            events: 1,
            first: at,
            last: at,
            lines: vec![SeenLine { at, raw: raw.trim().as_bytes().into() }],
        };
        let log = write(&Redactor::default(), sshd(), Method::BruteForce, &[detection]).unwrap();
        let text = String::from_utf8(log.bytes().to_vec()).unwrap();
        assert_eq!(redacted(&text), RedactedLog { bytes: text.into(), ..RedactedLog::default() });
    }

    #[test]
    fn what_is_private_in_a_file_goes_and_it_accuses_the_same_addresses() {
        let plain = line("host", "user", "203.0.113.9");
        let text = [
            "#sentinel-log 1\n#taken by alice\n",
            &plain,
            &line("gate", "user", "203.0.113.7"),
            &line("host", "alice", "203.0.113.8"),
            "Nov 23 02:00:01 gate sshd[1]: Accepted password for alice from 192.0.2.1 port 5 ssh2\n",
        ]
        .concat();
        let redacted = redacted(&text);
        assert_eq!((redacted.changed, &redacted.first[..]), (4, &[2, 4, 5][..]));
        let left = String::from_utf8(redacted.bytes.clone()).unwrap();
        assert!(
            left.starts_with("#sentinel-log 1\n2026-11-23T02:00:01Z host sshd[1]: Failed password for user from 203.0.113.9"),
            "{left}"
        );
        for private in ["alice", "gate", "192.0.2.1"] {
            assert!(!left.contains(private), "{left}");
        }
        let accused = |log: &[u8]| {
            attackers(log).unwrap().into_iter().map(|attacker| attacker.address).collect::<Vec<_>>()
        };
        assert_eq!(accused(&redacted.bytes), accused(text.as_bytes()));
    }

    #[test]
    fn what_stands_before_a_line_that_hides_nothing_is_hidden_and_told() {
        let relayed = "2026-11-23T02:00:01Z gate2 Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 5 ssh2\n";
        let redacted = redacted(&format!("#sentinel-log 1\n#service sshd\n{relayed}"));
        assert_eq!(redacted.first, [3]);
        assert!(!String::from_utf8(redacted.bytes).unwrap().contains("gate2"));
    }

    #[test]
    fn a_header_that_names_this_house_is_left_out() {
        let text = format!("#detector gate.corp.example\n{}", line("host", "user", "203.0.113.9"));
        assert_eq!(redacted(&text).first, [1]);
    }
}
