//! Rows of fields.

use comfy_table::{ColumnConstraint, ContentArrangement, presets};

use super::{Format, Render, Style, printable};

/// Rows under a header, or pairs of a name and a value without one.
#[derive(Debug)]
pub(in crate::cli) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; the last may be wrapped on a narrow terminal.
    pub(in crate::cli) fn new<const N: usize>(header: [&'static str; N]) -> Self {
        Self { header: header.into(), rows: Vec::new() }
    }

    /// A list of names with their values.
    pub(in crate::cli) fn pairs() -> Self {
        Self { header: Vec::new(), rows: Vec::new() }
    }

    /// Adds a row; whatever a stranger wrote into it becomes printable.
    pub(in crate::cli) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// Adds a name with its value.
    pub(in crate::cli) fn pair(&mut self, name: &str, value: impl ToString) {
        self.row([name.to_owned(), value.to_string()]);
    }

    fn aligned(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = width {
            table.set_width(width);
        }
        if !self.header.is_empty() {
            table.set_header(self.header.iter().map(|name| name.to_uppercase()));
        }
        table.add_rows(&self.rows);
        table.discover_columns();
        let last = self.header.len().max(2) - 1;
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            // A wrapped address or identifier could not be copied.
            if index != last {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

impl Render for Table {
    fn render(&self, style: &Style) -> String {
        match style.format {
            Format::Terminal if self.rows.is_empty() => "none\n".to_owned(),
            Format::Terminal => self.aligned(style.width),
            Format::Plain | Format::Json => {
                self.rows.iter().map(|row| format!("{}\n", row.join("\t"))).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::tests::style;

    #[test]
    fn a_narrow_terminal_wraps_only_the_last_column() {
        let mut table = Table::new(["network", "reason"]);
        table.row(["203.0.113.7/32".to_owned(), "five words make one reason".to_owned()]);
        let narrow = Style { width: Some(30), ..style(Format::Terminal) };
        let text = table.render(&narrow);
        assert!(text.contains("203.0.113.7/32"), "{text}");
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.len() <= 30), "{text}");
    }

    #[test]
    fn a_stranger_can_neither_break_the_columns_nor_command_the_terminal() {
        let mut table = Table::pairs();
        table.pair("endpoint", "https://x\t\n\x1b[2J");
        assert_eq!(table.render(&style(Format::Plain)), "endpoint\thttps://x\\t\\n\\u{1b}[2J\n");
    }

    #[test]
    fn nothing_is_said_to_a_person_and_not_to_a_program() {
        let table = Table::new(["network"]);
        assert_eq!(table.render(&style(Format::Terminal)), "none\n");
        assert_eq!(table.render(&style(Format::Plain)), "");
    }
}
