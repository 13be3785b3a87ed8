//! When a service is told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Answer, Verdict};
use crate::domain::PublicAddresses;

/// The first pause after a failure, which doubles with each further one.
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(1);
/// The longest.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(1);

/// What a service was told last, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// What.
    pub addresses: PublicAddresses,
    /// Its answer.
    pub answer: Answer,
    /// Failures since the last time that it worked.
    pub failures: u32,
}

/// How often a service is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Between two updates at least.
    pub pause: SignedDuration,
    /// Where no address is known.
    pub every: SignedDuration,
}

impl Schedule {
    /// When to tell the service these addresses, which may be over; none when there is nothing to tell before something
    /// changes.
    #[must_use]
    pub fn due(&self, last: Option<&Told>, addresses: PublicAddresses) -> Option<Timestamp> {
        let Some(last) = last else { return Some(Timestamp::UNIX_EPOCH) };
        let wait = match last.answer.verdict {
            // The same again is what services block names for.
            Verdict::Refused => return None,
            Verdict::Later => retry(last.failures).max(last.answer.rest).max(self.pause),
            Verdict::Updated | Verdict::Unchanged if last.addresses != addresses => self.pause,
            Verdict::Updated | Verdict::Unchanged if addresses.is_empty() => self.every.max(self.pause),
            Verdict::Updated | Verdict::Unchanged => return None,
        };
        Some(last.at.saturating_add(wait).unwrap_or(Timestamp::MAX))
    }
}

impl Told {
    /// What is known after one more answer.
    #[must_use]
    pub fn after(last: Option<&Self>, addresses: PublicAddresses, answer: Answer, at: Timestamp) -> Self {
        let failures = match answer.verdict {
            Verdict::Later => last.map_or(0, |last| last.failures).saturating_add(1),
            _ => 0,
        };
        Self { at, addresses, answer, failures }
    }

    /// Takes what was told after `now` for told at `now`, since the clock was ahead then, and says whether that was so.
    ///
    /// Else nothing would be told before that time comes.
    pub fn correct(&mut self, now: Timestamp) -> bool {
        let was_ahead = self.at > now;
        self.at = self.at.min(now);
        was_ahead
    }
}

fn retry(failures: u32) -> SignedDuration {
    let factor =
        1_i32.checked_shl(failures.saturating_sub(1)).filter(|factor| *factor > 0).unwrap_or(i32::MAX);
    FIRST_RETRY.checked_mul(factor).map_or(LONGEST_RETRY, |pause| pause.min(LONGEST_RETRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule =
        Schedule { pause: SignedDuration::from_mins(5), every: SignedDuration::from_mins(30) };

    fn at(last: u8) -> PublicAddresses {
        PublicAddresses { v4: Some([203, 0, 113, last].into()), v6: None }
    }

    fn told(addresses: PublicAddresses, body: &str) -> Told {
        Told::after(None, addresses, Answer::read(200, body.as_bytes()), Timestamp::UNIX_EPOCH)
    }

    /// Minutes after the last call at which the next is due.
    fn due(last: &Told, addresses: PublicAddresses) -> Option<i64> {
        SCHEDULE.due(Some(last), addresses).map(|due| due.as_second() / 60)
    }

    #[test]
    fn a_service_is_told_at_once_and_then_only_what_is_new_and_not_too_soon() {
        assert!(SCHEDULE.due(None, at(1)).unwrap() <= Timestamp::UNIX_EPOCH);
        for said in ["good", "nochg"] {
            assert_eq!(due(&told(at(1), said), at(1)), None);
            assert_eq!(due(&told(at(1), said), at(2)), Some(5));
        }
    }

    #[test]
    fn where_the_address_cannot_be_seen_the_service_is_called_every_now_and_then() {
        let nowhere = PublicAddresses::default();
        assert_eq!(due(&told(nowhere, "OK"), nowhere), Some(30));
        assert_eq!(due(&told(nowhere, "OK"), at(1)), Some(5));
    }

    #[test]
    fn what_is_refused_is_not_asked_again() {
        for said in ["badauth", "abuse", "KO"] {
            assert_eq!(due(&told(at(1), said), at(1)), None);
            assert_eq!(due(&told(at(1), said), at(2)), None);
        }
    }

    #[test]
    fn what_was_told_by_a_clock_that_was_ahead_puts_nothing_off_for_longer_than_a_pause() {
        let now = Timestamp::UNIX_EPOCH;
        let ahead = now + SignedDuration::from_hours(24 * 365);
        let mut told = Told { at: ahead, ..told(at(1), "good") };
        assert!(told.correct(now));
        assert_eq!((told.at, due(&told, at(2))), (now, Some(5)));
        assert!(!told.correct(ahead));
        assert_eq!(told.at, now);
    }

    #[test]
    fn failures_are_tried_again_ever_more_slowly_and_their_fault_after_half_an_hour() {
        assert_eq!(due(&told(at(1), "911"), at(1)), Some(30));
        let mut last = None;
        let mut pauses = Vec::new();
        for _ in 0..40 {
            let answer = Answer::unreachable(&"no route");
            let next = Told::after(last.as_ref(), at(1), answer, Timestamp::UNIX_EPOCH);
            pauses.push(due(&next, at(1)).unwrap());
            last = Some(next);
        }
        assert_eq!(pauses[..8], [5, 5, 5, 8, 16, 32, 60, 60]);
        assert_eq!(pauses[39], 60);
        let answer = Answer::read(200, b"good");
        assert_eq!(Told::after(last.as_ref(), at(1), answer, Timestamp::UNIX_EPOCH).failures, 0);
    }
}
