//! Figures as a picture.

use std::fmt::Write as _;

/// A line, or a row of points.
pub struct Series {
    /// What it shows.
    pub name: String,
    /// Its colour, as SVG has it.
    pub colour: &'static str,
    /// Abscissa and ordinate of each point.
    pub points: Vec<(f64, f64)>,
}

/// One diagram.
pub struct Panel {
    /// What it is about.
    pub title: String,
    /// What its abscissa counts.
    pub x: String,
    /// The largest values that fit.
    pub most: (f64, f64),
    /// An ordinate that is to be reached, or not to be exceeded.
    pub target: Option<f64>,
    /// An abscissa that is not to be exceeded.
    pub limit: Option<f64>,
    /// What it shows.
    pub series: Vec<Series>,
}

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 50.0;
const STRIDE: f64 = 520.0;
/// From the plot down to the first name, and from each to the next.
const LEGEND: f64 = 62.0;
const LINE: f64 = 16.0;
const TICKS: u8 = 4;

/// Diagrams beside each other.
#[must_use]
pub fn svg(panels: &[Panel]) -> String {
    let named = |panel: &Panel| {
        panel.series.iter().filter(|series| !series.name.is_empty()).fold(0.0, |count, _| count + 1.0)
    };
    let rows = panels.iter().map(named).fold(0.0, f64::max);
    let width = STRIDE * panels.iter().fold(0.0, |count, _| count + 1.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        TOP + HEIGHT + LEGEND + LINE * rows
    );
    let mut left = LEFT;
    for panel in panels {
        let _ = writeln!(svg, "<g transform=\"translate({left} {TOP})\">{}</g>", panel.svg());
        left += STRIDE;
    }
    svg + "</svg>\n"
}

impl Panel {
    fn svg(&self) -> String {
        let mut svg = format!(
            "<text x=\"0\" y=\"-24\" font-size=\"14\" font-weight=\"bold\">{}</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
            self.title,
            WIDTH / 2.0,
            HEIGHT + 38.0,
            self.x
        );
        for tick in 0..=TICKS {
            let share = f64::from(tick) / f64::from(TICKS);
            let (x, y) = self.place((share * self.most.0, share * self.most.1));
            let _ = writeln!(
                svg,
                "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"-8\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                y + 4.0,
                short(share * self.most.1),
                HEIGHT + 18.0,
                short(share * self.most.0)
            );
        }
        let target = self.target.map(|target| [(0.0, target), (self.most.0, target)]);
        let limit = self.limit.map(|limit| [(limit, 0.0), (limit, self.most.1)]);
        for ends in [target, limit].into_iter().flatten() {
            let [(x1, y1), (x2, y2)] = ends.map(|end| self.place(end));
            let _ = writeln!(
                svg,
                "<line x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>"
            );
        }
        let mut legend = HEIGHT + LEGEND;
        for series in &self.series {
            let points: Vec<String> =
                series.points.iter().map(|point| self.place(*point)).map(pair).collect();
            let Series { name, colour, .. } = series;
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-opacity=\"0.8\"/>",
                points.join(" ")
            );
            if !name.is_empty() {
                let _ = writeln!(
                    svg,
                    "<rect x=\"0\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>\
                     <text x=\"20\" y=\"{legend}\">{name}</text>",
                    legend - 6.0
                );
                legend += LINE;
            }
        }
        svg
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let within = |value: f64, most: f64| (value / most).clamp(0.0, 1.0);
        (WIDTH * within(x, self.most.0), HEIGHT * (1.0 - within(y, self.most.1)))
    }
}

fn pair((x, y): (f64, f64)) -> String {
    format!("{x:.1},{y:.1}")
}

/// A number without needless digits.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
