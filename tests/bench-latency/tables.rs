//! What came of it, for people.

use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};
use sentinel_tests::bench::report::{Verdict, duration, times, verdicts_as_table};

use crate::{
    Results, Series,
    histogram::Histogram,
    timing::{Mark, Spread},
};

/// Characters of the longest bar.
const BAR: u32 = 40;

pub(crate) fn print(results: &Results, mut to: impl Write) -> anyhow::Result<()> {
    writeln!(to, "Milliseconds after the last failed login at A\n{}", stages(&results.series))?;
    for series in &results.series {
        writeln!(to, "\nTo the drop at B on the {}, {} attacks", series.ledger, series.runs.len())?;
        if let Some(histogram) = Histogram::of(&series.sorted(Mark::DroppedAtB)) {
            draw(&histogram, &mut to)?;
        }
    }
    if let [dev, validator] = &*results.series {
        let ratio = median(validator) / median(dev);
        writeln!(
            to,
            "\nThe median on the {} is {} that on the {}.",
            validator.ledger,
            times(ratio),
            dev.ledger
        )?;
    }
    Ok(writeln!(to, "\nIt must reach\n{}", verdicts_as_table(&results.verdicts))?)
}

/// Whether each ledger's target is met.
pub(crate) fn verdicts(all: &[Series]) -> Vec<Verdict> {
    let verdict = |series: &Series| {
        let target = series.target.as_secs_f64() * 1000.0;
        Verdict {
            what: format!("last failed login at A to the kernel's drop at B, {}", series.ledger),
            target: format!("median under {}", duration(series.target)),
            measured: format!("{:.1} ms over {} runs", median(series), series.runs.len()),
            met: median(series) < target,
        }
    };
    all.iter().map(verdict).collect()
}

fn median(series: &Series) -> f64 {
    series.spread(Mark::DroppedAtB).median
}

fn stages(all: &[Series]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_header(["ledger", "at", "step", "min", "median", "p90", "max"]);
    for series in all {
        for mark in Mark::ALL {
            let (place, step) = mark.describe();
            let Spread { min, median, p90, max } = series.spread(mark);
            let [min, median, p90, max] = [min, median, p90, max].map(|value| format!("{value:.1}"));
            table.add_row([
                series.ledger.to_owned(),
                place.to_owned(),
                step.to_owned(),
                min,
                median,
                p90,
                max,
            ]);
        }
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn draw(histogram: &Histogram, to: &mut impl Write) -> anyhow::Result<()> {
    let most = histogram.most().max(1);
    for (begin, count) in &histogram.classes {
        let length = usize::try_from((count * BAR).div_ceil(most))?;
        let (begin, end, bar) = (short(*begin), short(begin + histogram.width), "#".repeat(length));
        writeln!(to, "{:>16} ms  {bar} {count}", format!("{begin} to {end}"))?;
    }
    Ok(())
}

fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.trim_end_matches(".0").to_owned()
}
