//! How many values there are from where to where.

/// Classes at the most.
const CLASSES: f64 = 12.0;

/// Classes of equal, round width, from the first to the last that has a value.
#[derive(Debug, PartialEq)]
pub(crate) struct Histogram {
    pub(crate) width: f64,
    /// Where each class begins, and how many values are in it.
    pub(crate) classes: Vec<(f64, u32)>,
}

impl Histogram {
    /// Of values in order.
    pub(crate) fn of(sorted: &[f64]) -> Option<Self> {
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let width = round((most - least) / (CLASSES - 1.0));
        let first = (least / width).floor() * width;
        let mut classes = Vec::new();
        let mut begin = first;
        while begin <= most {
            let end = begin + width;
            let inside = sorted.iter().filter(|value| begin <= **value && **value < end);
            classes.push((begin, inside.fold(0, |count, _| count + 1)));
            begin = end;
        }
        Some(Self { width, classes })
    }

    /// The fullest class has so many.
    pub(crate) fn most(&self) -> u32 {
        self.classes.iter().map(|(_, count)| *count).max().unwrap_or_default()
    }
}

/// 1, 2 or 5 times a power of ten, and not less than `width` or a tenth.
fn round(width: f64) -> f64 {
    let width = width.max(0.1);
    let power = 10_f64.powf(width.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|wide| *wide >= width).unwrap_or(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_class_of_a_round_width() {
        let histogram = Histogram::of(&[21.0, 24.9, 25.0, 63.0]).unwrap();
        assert_eq!(
            (histogram.width, histogram.classes[0], histogram.classes[1]),
            (5.0, (20.0, 2), (25.0, 1))
        );
        assert_eq!(histogram.classes.iter().map(|(_, count)| count).sum::<u32>(), 4);
        assert_eq!(histogram.most(), 2);
        assert_eq!(Histogram::of(&[7.0, 7.0]).unwrap().classes, [(7.0, 2)]);
        assert_eq!(Histogram::of(&[]), None);
    }
}
