//! What is printed, in its three forms: for people at a terminal, for other programs' text tools, and JSON.

mod file;
mod stream;
mod table;
mod tree;
mod words;

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

pub(super) use file::{write_file, write_private_file};
pub(super) use stream::Stream;
pub(super) use table::Table;
pub(super) use tree::Tree;
pub(super) use words::{amount, bytes, printable, yes_or_no};

/// The form of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Aligned, with relative times.
    Terminal,
    /// Stable: tabs between fields, no header, times in RFC 3339.
    Plain,
    /// One JSON value on one line.
    Json,
}

/// The form, and what it depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// The form.
    pub(super) format: Format,
    /// Columns of the terminal, where there is one.
    pub(super) width: Option<u16>,
    /// What relative times are relative to.
    pub(super) now: Timestamp,
}

impl Style {
    /// A moment: `3 min ago` on a terminal, else in RFC 3339 to the second.
    pub(super) fn time(&self, at: Timestamp) -> String {
        match self.format {
            Format::Terminal => words::relative(at, self.now),
            Format::Plain | Format::Json => format!("{at:.0}"),
        }
    }

    /// A moment that may be unknown.
    pub(super) fn time_or_dash(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "-".to_owned(), |at| self.time(at))
    }

    /// A long identifier: its beginning on a terminal, else the whole.
    pub(super) fn short(&self, id: impl ToString) -> String {
        let id = id.to_string();
        match self.format {
            Format::Terminal => format!("{}…", id.chars().take(8).collect::<String>()),
            Format::Plain | Format::Json => id,
        }
    }
}

/// Something with a text form of whole lines.
pub(super) trait Render {
    /// The text in the style's form.
    fn render(&self, style: &Style) -> String;
}

impl Render for String {
    fn render(&self, _: &Style) -> String {
        format!("{}\n", printable(self))
    }
}

/// Where data goes.
pub(super) struct Output<W> {
    writer: W,
    style: Style,
}

impl<W: Write> Output<W> {
    /// Writes to `writer` in this style.
    pub(super) fn new(writer: W, style: Style) -> Self {
        Self { writer, style }
    }

    /// The form, and what it depends on.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Prints `data` as JSON, or as the text that is made of it.
    pub(super) fn show<T: Render>(
        &mut self,
        data: &impl Serialize,
        text: impl FnOnce(&Style) -> T,
    ) -> io::Result<()> {
        match self.style.format {
            Format::Json => {
                serde_json::to_writer(&mut self.writer, data)?;
                self.writer.write_all(b"\n")?;
            }
            Format::Terminal | Format::Plain => {
                self.writer.write_all(text(&self.style).render(&self.style).as_bytes())?;
            }
        }
        self.writer.flush()
    }

    /// Begins a list under this name, of which nobody has to hold all.
    pub(super) fn stream(&mut self, name: &'static str) -> Stream<'_, W> {
        Stream::new(&mut self.writer, self.style, name)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A style of this form at 2026-11-23 04:00:00 UTC on a terminal of 80 columns.
    pub(in crate::cli) fn style(format: Format) -> Style {
        Style { format, width: Some(80), now: Timestamp::from_second(1_795_406_400).unwrap() }
    }

    fn shown(format: Format) -> String {
        let mut output = Output::new(Vec::new(), style(format));
        let table = |style: &Style| {
            let mut table = Table::new(["network", "until"]);
            table.row(["203.0.113.7/32".to_owned(), style.time(style.now)]);
            table
        };
        output.show(&["203.0.113.7/32"], table).unwrap();
        String::from_utf8(output.writer).unwrap()
    }

    #[test]
    fn one_thing_has_three_forms() {
        assert_eq!(shown(Format::Terminal), "NETWORK         UNTIL\n203.0.113.7/32  now\n");
        assert_eq!(shown(Format::Plain), "203.0.113.7/32\t2026-11-23T04:00:00Z\n");
        assert_eq!(shown(Format::Json), "[\"203.0.113.7/32\"]\n");
    }
}
