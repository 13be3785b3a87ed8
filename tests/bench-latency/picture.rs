//! The histograms, with the targets, as a picture.

use sentinel_tests::plot::{self, Panel};

use crate::{Series, histogram::Histogram, timing::Mark};

const COLOURS: [&str; 2] = ["#00798c", "#d1495b"];

/// Share of the width that is left behind whatever is farthest to the right.
const MARGIN: f64 = 1.1;

pub(crate) fn svg(all: &[Series]) -> String {
    let panels: Vec<Panel> =
        all.iter().zip(COLOURS).filter_map(|(series, colour)| panel(series, colour)).collect();
    plot::svg(&panels)
}

fn panel(series: &Series, colour: &'static str) -> Option<Panel> {
    let histogram = Histogram::of(&series.sorted(Mark::DroppedAtB))?;
    let target = series.target.as_secs_f64() * 1000.0;
    let spread = series.spread(Mark::DroppedAtB);
    let outline = plot::Series {
        name: format!("{} attacks, median {:.1} ms", series.runs.len(), spread.median),
        colour,
        points: outline(&histogram),
    };
    Some(Panel {
        title: format!("Attacks by time to the drop at B: {}", series.ledger),
        x: format!(
            "milliseconds after the last failed login at A; dashed: target of the median, {target:.0}"
        ),
        most: (target.max(spread.max) * MARGIN, f64::from(histogram.most())),
        target: None,
        limit: Some(target),
        series: vec![outline],
    })
}

/// The tops and sides of the bars.
fn outline(histogram: &Histogram) -> Vec<(f64, f64)> {
    let bar = |(begin, count): &(f64, u32)| {
        let (end, height) = (begin + histogram.width, f64::from(*count));
        [(*begin, 0.0), (*begin, height), (end, height), (end, 0.0)]
    };
    histogram.classes.iter().flat_map(bar).collect()
}
