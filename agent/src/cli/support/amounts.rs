//! Amounts that the public ledger knows too, and by which it would tell whose they are.

/// Words of which a line speaks that has such amounts.
const OF_LEDGER: [&str; 3] = ["karma", "lamports", "SOL"];
/// A setting, which no ledger knows.
const SETTING: &str = "min_karma";

/// What may follow a number without being part of it.
const BEHIND: [char; 5] = [',', ';', '.', ':', ')'];

/// The text with only the size left of each number in a line that speaks of karma or money.
pub(super) fn without_amounts(text: &str) -> String {
    text.split_inclusive('\n').map(|line| if tells(line) { rounded(line) } else { line.to_owned() }).collect()
}

fn tells(line: &str) -> bool {
    let line = line.replace(SETTING, "");
    line.split(|c: char| !c.is_alphanumeric()).any(|word| OF_LEDGER.contains(&word))
}

fn rounded(line: &str) -> String {
    let word = |word: &str| {
        let begin = word.len() - word.trim_start_matches('(').len();
        let end = word.trim_end_matches(|c: char| c.is_whitespace() || BEHIND.contains(&c)).len().max(begin);
        let (word, behind) = word.split_at(end);
        let (before, number) = word.split_at(begin);
        format!("{before}{}{behind}", if is_number(number) { size(number) } else { number.to_owned() })
    };
    line.split_inclusive(char::is_whitespace).map(word).collect()
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && word.bytes().filter(|byte| *byte == b'.').count() < 2
}

/// The power of ten that a number is at least: ≥100 for 234.
fn size(number: &str) -> String {
    let Some(first) = number.find(|c: char| ('1'..='9').contains(&c)) else { return number.to_owned() };
    let (zeros, rest) = number.split_at(first);
    let rest = rest.chars().skip(1).map(|c| if c == '.' { '.' } else { '0' });
    format!("≥{zeros}1{}", rest.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_the_ledger_knows_only_the_size_is_told() {
        for (text, told) in [
            ("karma\t234\nstarted\t12\n", "karma\t≥100\nstarted\t12\n"),
            ("balance\t1.2345 SOL", "balance\t≥1.0000 SOL"),
            ("spent today\t0.0203 of 0.5000 SOL; used up", "spent today\t≥0.0100 of ≥0.1000 SOL; used up"),
            ("sentinel_ledger_balance_lamports 1234567\n", "sentinel_ledger_balance_lamports ≥1000000\n"),
            ("sentinel_ledger_karma 0\n", "sentinel_ledger_karma 0\n"),
            (
                "12.0000 SOL, enough for 543 posts at 0.0221 each",
                "≥10.0000 SOL, enough for ≥100 posts at ≥0.0100 each",
            ),
            ("it takes 5012 lamports, and 31 are left", "it takes ≥1000 lamports, and ≥10 are left"),
            ("reported by 7hUa (karma 77)", "reported by 7hUa (karma ≥10)"),
            ("trust.min_karma\t25\tsentinel.toml:3\n", "trust.min_karma\t25\tsentinel.toml:3\n"),
            ("karma 60 at 2026-11-23T04:00:00Z", "karma ≥10 at 2026-11-23T04:00:00Z"),
        ] {
            assert_eq!(without_amounts(text), told);
        }
    }
}
