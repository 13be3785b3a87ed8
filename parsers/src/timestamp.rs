//! The time that a banner gives, and the moment it means.

use core::ops::RangeInclusive;

const SECONDS_A_DAY: i64 = 86_400;
const DAYS_A_CENTURY_CYCLE: i64 = 146_097;
const YEARS: RangeInclusive<i32> = 1..=9999;
/// 29 February may be eight years away, as 1900 and 2100 are no leap years.
const LONGEST_GAP: i32 = 8;

/// A civil time as a log line states it, which may be incomplete or even impossible: see [`Timestamp::resolve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// The year, which BSD syslog leaves out.
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// The fraction of the second.
    pub nanosecond: u32,
    /// Seconds east of UTC, if the line says so.
    pub offset: Option<i32>,
}

impl Timestamp {
    /// The Unix time in seconds, or nothing if there is no such time (30 February).
    ///
    /// A missing offset is `default_offset`, in seconds east of UTC. A missing year is the latest one that puts the
    /// time at most a day after `reference` (Unix seconds): a log is read after it was written, but clocks differ.
    #[must_use]
    pub fn resolve(self, reference: i64, default_offset: i32) -> Option<i64> {
        let offset = i64::from(self.offset.unwrap_or(default_offset));
        if let Some(year) = self.year {
            return self.in_year(year)?.checked_sub(offset);
        }
        let latest = reference.checked_add(SECONDS_A_DAY)?;
        let newest = year_of(latest.div_euclid(SECONDS_A_DAY))?.checked_add(1)?;
        (newest.checked_sub(LONGEST_GAP + 1)?..=newest)
            .rev()
            .filter_map(|year| self.in_year(year)?.checked_sub(offset))
            .find(|&time| time <= latest)
    }

    /// The civil time of a Unix time, in UTC.
    pub(crate) fn from_unix(seconds: i64, nanosecond: u32) -> Option<Self> {
        let (days, rest) = (seconds.div_euclid(SECONDS_A_DAY), seconds.rem_euclid(SECONDS_A_DAY));
        let (year, month, day) = civil(days)?;
        let [hour, minute, second] = [rest / 3600, rest / 60 % 60, rest % 60].map(u8::try_from);
        let (hour, minute, second) = (hour.ok()?, minute.ok()?, second.ok()?);
        Some(Self { year: Some(year), month, day, hour, minute, second, nanosecond, offset: Some(0) })
    }

    fn in_year(self, year: i32) -> Option<i64> {
        let valid = self.hour < 24 && self.minute < 60 && self.second <= 60;
        let days = days_from_civil(year, self.month, self.day).filter(|_| valid)?;
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(days * SECONDS_A_DAY + seconds)
    }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i32, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that the leap day is
/// the last of its year.
fn days_from_civil(year: i32, month: u8, day: u8) -> Option<i64> {
    if !YEARS.contains(&year) || day == 0 || day > days_in(year, month) {
        return None;
    }
    let (year, month) = (i64::from(year), i64::from(month));
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + day_of_year - 719_468)
}

/// The inverse of [`days_from_civil`], for the same years.
fn civil(days: i64) -> Option<(i32, u8, u8)> {
    let days = days.checked_add(719_468)?;
    let (cycle, day) = (days.div_euclid(DAYS_A_CENTURY_CYCLE), days.rem_euclid(DAYS_A_CENTURY_CYCLE));
    let year_of_cycle = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
    let year = i32::try_from(year).ok().filter(|year| YEARS.contains(year))?;
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

fn year_of(days: i64) -> Option<i32> {
    civil(days).map(|(year, _, _)| year)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 04:00:00 UTC.
    const NOW: i64 = 1_795_406_400;

    fn at(year: Option<i32>, month: u8, day: u8) -> Timestamp {
        Timestamp { year, month, day, hour: 0, minute: 0, second: 0, nanosecond: 0, offset: None }
    }

    #[test]
    fn known_dates_have_their_known_unix_times() {
        for (year, month, day, seconds) in [
            (1970, 1, 1, 0),
            (1969, 12, 31, -86_400),
            (2000, 2, 29, 951_782_400),
            (2024, 2, 29, 1_709_164_800),
            (2026, 11, 23, NOW - 4 * 3600),
            (2038, 1, 19, 2_147_472_000),
            (1, 1, 1, -62_135_596_800),
            (9999, 12, 31, 253_402_214_400),
        ] {
            assert_eq!(at(Some(year), month, day).resolve(0, 0), Some(seconds), "{year}-{month}-{day}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_have_no_time() {
        for (year, month, day) in [
            (2025, 2, 29),
            (2100, 2, 29),
            (2026, 2, 30),
            (2026, 4, 31),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 1, 0),
            (0, 1, 1),
            (10_000, 1, 1),
        ] {
            assert_eq!(at(Some(year), month, day).resolve(NOW, 0), None, "{year}-{month}-{day}");
        }
        assert_eq!(at(None, 2, 30).resolve(NOW, 0), None);
        assert_eq!(Timestamp { hour: 24, ..at(Some(2026), 1, 1) }.resolve(NOW, 0), None);
        assert_eq!(Timestamp { minute: 60, ..at(Some(2026), 1, 1) }.resolve(NOW, 0), None);
        assert_eq!(Timestamp { second: 61, ..at(Some(2026), 1, 1) }.resolve(NOW, 0), None);
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for days in -150_000..150_000 {
            let (year, month, day) = civil(days).unwrap();
            assert_eq!(days_from_civil(year, month, day), Some(days));
        }
    }

    #[test]
    fn an_offset_in_the_line_wins_over_the_default() {
        let stated = Timestamp { offset: Some(3600), ..at(Some(1970), 1, 2) };
        assert_eq!(stated.resolve(0, -7200), Some(82_800));
        assert_eq!(at(Some(1970), 1, 2).resolve(0, -7200), Some(93_600));
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_in_the_future() {
        let year = |month, day, reference| {
            at(None, month, day).resolve(reference, 0).and_then(|time| year_of(time / 86_400))
        };
        assert_eq!(year(11, 23, NOW), Some(2026));
        assert_eq!(year(11, 24, NOW), Some(2026), "clocks may differ by a day");
        assert_eq!(year(11, 26, NOW), Some(2025));
        assert_eq!(year(12, 31, NOW), Some(2025));
        assert_eq!(year(1, 1, 1_767_225_000), Some(2026), "read 40 minutes before the year began");
        assert_eq!(year(12, 31, 1_767_225_600), Some(2025));
        assert_eq!(year(2, 29, NOW), Some(2024));
        assert_eq!(year(2, 29, 4_197_052_800), Some(2096), "2100 is no leap year, and 2103 is before 2104");
    }

    #[test]
    fn an_absurd_reference_gives_no_time_and_no_panic() {
        for reference in [i64::MIN, i64::MAX, i64::MAX - 86_400, -i64::MAX / 2] {
            assert_eq!(at(None, 1, 1).resolve(reference, i32::MAX), None);
        }
    }

    #[test]
    fn a_unix_time_becomes_a_civil_one_and_comes_back() {
        for seconds in [0, -1, NOW, 951_782_399] {
            assert_eq!(Timestamp::from_unix(seconds, 7).unwrap().resolve(0, 9), Some(seconds));
        }
        assert_eq!(Timestamp::from_unix(i64::MAX, 0), None);
    }
}
