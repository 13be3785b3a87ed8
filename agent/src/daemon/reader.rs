//! Log lines -> hits.

use jiff::{Timestamp, tz::TimeZone};
use sentinel_parsers::{Event, Grammars, Line};

use crate::{detect::Hit, sources::RawLine};

/// Reads lines at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'g> {
    grammars: &'g Grammars,
    /// The moment: it dates lines that carry no time, and gives the year to those that lack one.
    pub(super) now: Timestamp,
    /// What local time is then, in seconds east of UTC, for lines that do not say.
    offset: i32,
}

impl<'g> Reader<'g> {
    /// A reader of now, in the time zone of this host.
    pub(super) fn new(grammars: &'g Grammars, now: Timestamp) -> Self {
        Self { grammars, now, offset: TimeZone::system().to_offset(now).seconds() }
    }

    /// The event that a line proves, if any.
    pub(super) fn hit(&self, raw: &RawLine<'_>) -> Option<Hit> {
        let (line, event) = self.parse(raw)?;
        let at = raw.at.or_else(|| line.timestamp?.resolve(self.now.as_second(), self.offset));
        // A clock that runs ahead must not keep a window open, nor a block longer than it should be.
        let at = at.and_then(|second| Timestamp::from_second(second).ok());
        Some(Hit::new(&event, at.map_or(self.now, |at| at.min(self.now))))
    }

    /// When a line was logged, if it or its source says so.
    pub(super) fn logged(&self, raw: &RawLine<'_>) -> Option<Timestamp> {
        match raw.at {
            Some(second) => Timestamp::from_second(second).ok(),
            None => self.time(raw.bytes),
        }
    }

    /// When a whole line was written, if it says so.
    pub(super) fn time(&self, raw: &[u8]) -> Option<Timestamp> {
        let second = Line::parse(raw).timestamp?.resolve(self.now.as_second(), self.offset)?;
        Timestamp::from_second(second).ok()
    }

    /// The line with its program in front, as what reads it later needs it.
    pub(super) fn whole(raw: &RawLine<'_>) -> Vec<u8> {
        match raw.program {
            Some(program) => [program.as_bytes(), b": ", raw.bytes].concat(),
            None => raw.bytes.to_vec(),
        }
    }

    fn parse<'a>(&self, raw: &RawLine<'a>) -> Option<(Line<'a>, Event<'a>)> {
        let Some(program) = raw.program else { return self.grammars.parse_line(None, raw.bytes) };
        let line = Line { program: Some(program.as_bytes()), ..Line::bare(raw.bytes) };
        Some((line, self.grammars.parse(None, &line)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence;

    fn reader(offset: i32) -> Reader<'static> {
        Reader { grammars: Grammars::shipped(), now: "2026-11-23T02:00:10Z".parse().unwrap(), offset }
    }

    const MESSAGE: &[u8] = b"Failed password for alice from 203.0.113.7 port 4711 ssh2";

    #[test]
    fn a_journal_entry_becomes_a_line_with_a_banner_and_without_the_user() {
        let reader = reader(0);
        let raw = RawLine { at: Some(reader.now.as_second() - 5), program: Some("sshd"), bytes: MESSAGE };
        let hit = reader.hit(&raw).unwrap();
        let line = evidence::Redactor::default().redact(hit.service, &Reader::whole(&raw), hit.at).unwrap();
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            "2026-11-23T02:00:05Z host sshd: Failed password for user from 203.0.113.7 port 4711 ssh2"
        );
        assert_eq!(hit.at, "2026-11-23T02:00:05Z".parse().unwrap());
        assert_eq!(reader.logged(&raw), Some(hit.at));
        let (_, event) = sentinel_parsers::parse_line(None, &line).unwrap();
        assert_eq!(event.address, hit.address);
    }

    #[test]
    fn a_journal_entry_of_another_program_proves_nothing() {
        let raw = RawLine { at: None, program: Some("sudo"), bytes: MESSAGE };
        assert!(reader(0).hit(&raw).is_none());
    }

    #[test]
    fn a_line_without_a_time_counts_as_of_now_and_one_from_the_future_too() {
        let reader = reader(0);
        let bare = RawLine { at: None, program: None, bytes: MESSAGE };
        assert_eq!(reader.hit(&bare).unwrap().at, reader.now);
        assert_eq!(reader.logged(&bare), None);
        let ahead = [b"2026-11-23T09:00:00Z gate sshd[1]: ".as_slice(), MESSAGE].concat();
        assert_eq!(reader.hit(&RawLine { bytes: &ahead, ..bare }).unwrap().at, reader.now);
    }

    #[test]
    fn local_time_is_read_in_the_local_time_zone() {
        let local = [b"Nov 23 03:00:00 gate sshd[1]: ".as_slice(), MESSAGE].concat();
        let raw = RawLine { at: None, program: None, bytes: &local };
        let hit = reader(3600).hit(&raw).unwrap();
        assert_eq!(hit.at, "2026-11-23T02:00:00Z".parse().unwrap());
        assert_eq!(reader(3600).logged(&raw), Some(hit.at));
    }
}
