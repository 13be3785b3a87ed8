//! Figures and verdicts, as tables or as JSON.

use std::{fmt::Write as _, io::Write, time::Duration};

use comfy_table::{CellAlignment, ColumnConstraint, Table, presets};
use serde::{Serialize, Serializer};

/// What something took.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figure {
    /// The part of the benchmark.
    pub part: &'static str,
    /// What was done.
    pub case: String,
    /// By whom.
    pub who: String,
    /// How long that took, in seconds in JSON.
    #[serde(serialize_with = "seconds")]
    pub time: Option<Duration>,
    /// What 99 of 100 took at the most, where `time` is the median.
    #[serde(serialize_with = "seconds")]
    pub p99: Option<Duration>,
    /// How much it got done in a second.
    pub throughput: Option<u64>,
    /// CPU time, in seconds in JSON.
    #[serde(serialize_with = "seconds")]
    pub cpu: Option<Duration>,
    /// The most memory, in bytes.
    pub memory: Option<u64>,
    /// How much it got done in a second of CPU time.
    pub rate: Option<u64>,
    /// Its time relative to ours.
    pub ratio: Option<f64>,
}

/// Whether a target is met.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// What was measured.
    pub what: String,
    /// What it should be.
    pub target: String,
    /// What it is.
    pub measured: String,
    /// Whether that will do.
    pub met: bool,
}

/// All that was measured.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    figures: Vec<Figure>,
    verdicts: Vec<Verdict>,
}

impl Report {
    /// Adds a figure.
    pub fn figure(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Adds a verdict.
    pub fn verdict(&mut self, verdict: Verdict) {
        self.verdicts.push(verdict);
    }

    /// Writes it for a program.
    pub fn json(&self, mut to: impl Write) -> anyhow::Result<()> {
        serde_json::to_writer_pretty(&mut to, self)?;
        Ok(writeln!(to)?)
    }

    /// Writes it for people.
    pub fn tables(&self, mut to: impl Write) -> anyhow::Result<()> {
        Ok(writeln!(
            to,
            "{}\n\nIt must reach\n{}",
            self.figures_as_table(),
            verdicts_as_table(&self.verdicts)
        )?)
    }

    fn figures_as_table(&self) -> Table {
        let mut figures = table([
            "part",
            "case",
            "by",
            "a second",
            "time",
            "p99",
            "of ours",
            "CPU",
            "a CPU second",
            "peak memory",
        ]);
        for figure in &self.figures {
            figures.add_row([
                figure.part.to_owned(),
                figure.case.clone(),
                figure.who.clone(),
                figure.throughput.map(count_of).unwrap_or_default(),
                figure.time.map(duration).unwrap_or_default(),
                figure.p99.map(duration).unwrap_or_default(),
                figure.ratio.map(times).unwrap_or_default(),
                figure.cpu.map(duration).unwrap_or_default(),
                figure.rate.map(count_of).unwrap_or_default(),
                figure.memory.map(megabytes).unwrap_or_default(),
            ]);
        }
        for column in figures.column_iter_mut().skip(3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for column in self.unused_columns() {
            if let Some(column) = figures.column_mut(column) {
                column.set_constraint(ColumnConstraint::Hidden);
            }
        }
        figures
    }

    /// Columns of the figures' table that would be empty.
    fn unused_columns(&self) -> impl Iterator<Item = usize> {
        let lacks = |has: fn(&Figure) -> bool| !self.figures.iter().any(has);
        let unused = [
            (3, lacks(|figure| figure.throughput.is_some())),
            (5, lacks(|figure| figure.p99.is_some())),
            (8, lacks(|figure| figure.rate.is_some())),
        ];
        unused.into_iter().filter_map(|(column, is_unused)| is_unused.then_some(column))
    }
}

/// Verdicts for people.
pub fn verdicts_as_table(all: &[Verdict]) -> Table {
    let mut verdicts = table(["what", "target", "measured", "verdict"]);
    for verdict in all {
        let met = if verdict.met { "met" } else { "MISSED" };
        verdicts.add_row([&verdict.what, &verdict.target, &verdict.measured, met]);
    }
    verdicts
}

fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    table
}

/// A duration with three digits or so, such as `5.3 µs` or `1.25 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.1} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

/// How many times as much.
pub fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}x") } else { format!("{ratio:.0}x") }
}

/// Bytes in millions.
pub fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// How many times `whole` is in `part`; exact enough for figures below 2^53.
pub fn ratio(part: u64, whole: u64) -> f64 {
    Duration::from_nanos(part).div_duration_f64(Duration::from_nanos(whole))
}

/// A number with its thousands apart.
pub fn count_of(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        // Writing to a string cannot fail.
        let _ = text.write_char(digit);
    }
    text
}

fn seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_have_a_unit() {
        assert_eq!(duration(Duration::from_nanos(5_340)), "5.3 µs");
        assert_eq!(duration(Duration::from_micros(20_060)), "20.1 ms");
        assert_eq!(duration(Duration::from_millis(1_250)), "1.25 s");
        assert_eq!(megabytes(39_960_000), "39.9 MB");
        assert_eq!([0_u32, 999, 10_000, 1_000_000].map(count_of), ["0", "999", "10,000", "1,000,000"]);
        assert_eq!((times(0.3), times(204.2)), ("0.30x".to_owned(), "204x".to_owned()));
    }
}
