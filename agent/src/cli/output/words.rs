//! Texts as people read them.

use jiff::Timestamp;

/// The text with every character escaped that is not printable: a stranger's text must not command the terminal.
pub(in crate::cli) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => printable.push(c),
            c => printable.extend(c.escape_debug()),
        }
    }
    printable
}

/// A truth in one word.
pub(in crate::cli) fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `now`, `3 min ago`, `in 4 h`: rounded to the unit that a person would say.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let amount = amount(seconds.unsigned_abs());
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {amount}"),
        _ => format!("{amount} ago"),
    }
}

/// `3 min`, `4 h`: rounded likewise.
pub(in crate::cli) fn amount(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let rounded = |unit: u64| (seconds + unit / 2) / unit;
    if seconds < MINUTE {
        format!("{seconds} s")
    } else if rounded(MINUTE) < 60 {
        format!("{} min", rounded(MINUTE))
    } else if rounded(HOUR) < 48 {
        format!("{} h", rounded(HOUR))
    } else {
        format!("{} d", rounded(DAY))
    }
}

/// `512 B`, `3 KiB`, `1.5 GiB`: as people compare them.
pub(in crate::cli) fn bytes(number: u64) -> String {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let Some((unit, shift)) = UNITS.into_iter().find(|(_, shift)| number >> shift > 0) else {
        return format!("{number} B");
    };
    let tenths = (number >> (shift - 10)) * 10 / 1024;
    match tenths {
        ..100 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let now = Timestamp::from_second(1_795_406_400).unwrap();
        let said = |seconds: i64| relative(Timestamp::from_second(now.as_second() + seconds).unwrap(), now);
        assert_eq!(said(0), "now");
        assert_eq!(said(-1), "1 s ago");
        assert_eq!(said(-185), "3 min ago");
        assert_eq!(said(3599), "in 1 h");
        assert_eq!(said(4 * 3600 - 2), "in 4 h");
        assert_eq!(said(-47 * 3600), "47 h ago");
        assert_eq!(said(7 * 86_400), "in 7 d");
    }

    #[test]
    fn sizes_have_two_digits_at_least_and_a_unit() {
        let said = [0, 1023, 1024, 1536 << 20, 20 << 20, 3 << 40].map(bytes);
        assert_eq!(said, ["0 B", "1023 B", "1.0 KiB", "1.5 GiB", "20 MiB", "3.0 TiB"]);
    }

    #[test]
    fn only_what_is_not_printable_is_escaped() {
        assert_eq!(printable("für 'x' \\ \"y\""), "für 'x' \\ \"y\"");
        assert_eq!(printable("\x1b[31m\u{202e}\u{9b}"), "\\u{1b}[31m\\u{202e}\\u{9b}");
    }
}
