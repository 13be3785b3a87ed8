//! What all pages have in common.

use clap_mangen::roff::{Roff, bold, italic, roman};

/// The manual that the pages belong to, as it stands on top of each.
pub(crate) const MANUAL: &str = "Sentinel";
/// The version that they describe.
pub(crate) const SOURCE: &str = concat!("sentinel-agent ", env!("CARGO_PKG_VERSION"));

/// Lines that stay as they are: commands, and what they print.
pub(crate) fn verbatim<'a>(roff: &mut Roff, lines: impl IntoIterator<Item = &'a str>) {
    roff.control("PP", []);
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

/// Where to read on: names of pages with their section.
pub(crate) fn see_also(roff: &mut Roff, pages: &[(&str, &str)]) {
    roff.control("SH", ["SEE ALSO"]);
    for (number, (name, section)) in pages.iter().enumerate() {
        let comma = if number + 1 < pages.len() { "," } else { "" };
        roff.text([bold(*name), roman(format!("({section}){comma}"))]);
    }
}

/// A term and what it means, which is one paragraph.
pub(crate) fn tagged(roff: &mut Roff, term: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text([roman(meaning)]);
}

/// A placeholder among what is typed as it stands.
pub(crate) fn path(roff: &mut Roff, path: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([italic(path)]);
    roff.text([roman(meaning)]);
}
