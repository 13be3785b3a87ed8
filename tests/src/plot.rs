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
    /// Values that fit.
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
/// Steps of an axis, about.
const STEPS: f64 = 5.0;
/// Diagrams beside each other, so that their words can be read on a page.
const COLUMNS: usize = 2;

/// Diagrams, two beside each other.
#[must_use]
pub fn svg(panels: &[Panel]) -> String {
    let named = |panel: &Panel| count(panel.series.iter().filter(|series| !series.name.is_empty()).count());
    let names = panels.iter().map(named).fold(0.0, f64::max);
    let height = TOP + HEIGHT + LEGEND + LINE * names;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        STRIDE * count(panels.len().min(COLUMNS)),
        height * count(panels.len().div_ceil(COLUMNS)),
    );
    for (number, panel) in panels.iter().enumerate() {
        let left = LEFT + STRIDE * count(number % COLUMNS);
        let top = TOP + height * count(number / COLUMNS);
        let _ = writeln!(svg, "<g transform=\"translate({left} {top})\">{}</g>", panel.svg());
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
        let (width, height) = self.most();
        for value in ticks(height) {
            let (_, y) = self.place((0.0, value));
            let _ = writeln!(
                svg,
                "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"-8\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                y + 4.0,
                short(value)
            );
        }
        for value in ticks(width) {
            let (x, _) = self.place((value, 0.0));
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                HEIGHT + 18.0,
                short(value)
            );
        }
        let target = self.target.map(|target| [(0.0, target), (width, target)]);
        let limit = self.limit.map(|limit| [(limit, 0.0), (limit, height)]);
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

    /// The ends of the axes: whole steps.
    fn most(&self) -> (f64, f64) {
        let whole = |most: f64| (most / step(most)).ceil() * step(most);
        (whole(self.most.0), whole(self.most.1))
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (width, height) = self.most();
        let within = |value: f64, most: f64| (value / most).clamp(0.0, 1.0);
        (WIDTH * within(x, width), HEIGHT * (1.0 - within(y, height)))
    }
}

/// A step that reads well: 1, 2 or 5, or ten times that, or a hundred times, and so on.
fn step(most: f64) -> f64 {
    let raw = most / STEPS;
    let power = 10.0_f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|factor| factor * power).find(|step| *step >= raw).unwrap_or(10.0 * power)
}

/// What is written at an axis that ends with `most`.
fn ticks(most: f64) -> impl Iterator<Item = f64> {
    let step = step(most);
    (0u8..).map(move |tick| f64::from(tick) * step).take_while(move |value| *value <= most + step / 2.0)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn pair((x, y): (f64, f64)) -> String {
    format!("{x:.1},{y:.1}")
}

/// A number without needless digits.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
