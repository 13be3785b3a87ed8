//! Lists that come page by page.

use std::io::{self, Write};

use serde::Serialize;

use super::{Format, Render, Style};

/// A list that is printed as it comes: in JSON one object that holds one array, else one text a page.
pub(in crate::cli) struct Stream<'a, W> {
    writer: &'a mut W,
    style: Style,
    name: &'static str,
    is_empty: bool,
}

impl<'a, W: Write> Stream<'a, W> {
    pub(super) fn new(writer: &'a mut W, style: Style, name: &'static str) -> Self {
        Self { writer, style, name, is_empty: true }
    }

    /// Prints the next items.
    pub(in crate::cli) fn page<'i, T: Serialize, R: Render>(
        &mut self,
        items: &'i [T],
        text: impl FnOnce(&'i [T], &Style) -> R,
    ) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        match self.style.format {
            Format::Json => {
                for item in items {
                    self.separate()?;
                    serde_json::to_writer(&mut *self.writer, item)?;
                }
            }
            Format::Terminal | Format::Plain => {
                let text = text(items, &self.style).render(&self.style);
                self.writer.write_all(text.as_bytes())?;
                self.is_empty = false;
            }
        }
        // Whoever reads along sees each page as it comes.
        self.writer.flush()
    }

    /// Nothing is printed before the first item is there: what fails at once leaves stdout empty.
    fn separate(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_empty, false) {
            write!(self.writer, "{{\"{}\":[", self.name)
        } else {
            self.writer.write_all(b",")
        }
    }

    /// Ends the list.
    pub(in crate::cli) fn end(self) -> io::Result<()> {
        match self.style.format {
            Format::Json if self.is_empty => writeln!(self.writer, "{{\"{}\":[]}}", self.name)?,
            Format::Json => self.writer.write_all(b"]}\n")?,
            Format::Terminal if self.is_empty => self.writer.write_all(b"none\n")?,
            Format::Terminal | Format::Plain => {}
        }
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::{Table, tests::style};

    fn listed(format: Format, pages: &[&[u8]]) -> String {
        let mut text = Vec::new();
        let mut stream = Stream::new(&mut text, style(format), "numbers");
        for page in pages {
            let table = |page: &[u8], _: &Style| {
                let mut table = Table::new(["number"]);
                page.iter().for_each(|number| table.row([number.to_string()]));
                table
            };
            stream.page(page, table).unwrap();
        }
        stream.end().unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn pages_make_one_json_value_and_one_text() {
        assert_eq!(listed(Format::Json, &[&[1, 2], &[], &[3]]), "{\"numbers\":[1,2,3]}\n");
        assert_eq!(listed(Format::Plain, &[&[1, 2], &[3]]), "1\n2\n3\n");
    }

    #[test]
    fn an_empty_list_is_said_to_a_person_and_is_valid_json() {
        assert_eq!(listed(Format::Json, &[]), "{\"numbers\":[]}\n");
        assert_eq!(listed(Format::Terminal, &[&[]]), "none\n");
        assert_eq!(listed(Format::Plain, &[]), "");
    }
}
