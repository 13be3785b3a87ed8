//! A statement, and what it rests on.

use super::{Format, Render, Style, printable};

/// A statement with what supports it below.
#[derive(Debug)]
pub(in crate::cli) struct Tree {
    label: String,
    branches: Vec<Tree>,
}

impl Tree {
    /// A statement with nothing below it yet.
    pub(in crate::cli) fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), branches: Vec::new() }
    }

    /// The same with one more branch.
    #[must_use]
    pub(in crate::cli) fn with(mut self, branch: Self) -> Self {
        self.branches.push(branch);
        self
    }

    /// The same with more branches.
    #[must_use]
    pub(in crate::cli) fn with_all(mut self, branches: impl IntoIterator<Item = Self>) -> Self {
        self.branches.extend(branches);
        self
    }

    fn write(&self, text: &mut String, lead: &str, marks: &Marks) {
        text.push_str(&printable(&self.label));
        text.push('\n');
        for (index, branch) in self.branches.iter().enumerate() {
            let is_last = index + 1 == self.branches.len();
            let (mark, below) = if is_last { marks.last } else { marks.other };
            text.push_str(lead);
            text.push_str(mark);
            branch.write(text, &format!("{lead}{below}"), marks);
        }
    }
}

/// What stands before a branch, and before what is below it.
struct Marks {
    last: (&'static str, &'static str),
    other: (&'static str, &'static str),
}

const DRAWN: Marks = Marks { last: ("└─ ", "   "), other: ("├─ ", "│  ") };
const INDENTED: Marks = Marks { last: ("  ", "  "), other: ("  ", "  ") };

impl Render for Tree {
    fn render(&self, style: &Style) -> String {
        let marks = if style.format == Format::Terminal { DRAWN } else { INDENTED };
        let mut text = String::new();
        self.write(&mut text, "", &marks);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::tests::style;

    fn tree() -> Tree {
        let middle = Tree::new("b").with(Tree::new("c"));
        Tree::new("a").with_all([middle, Tree::new("d\x07")])
    }

    #[test]
    fn a_terminal_sees_lines_drawn() {
        assert_eq!(tree().render(&style(Format::Terminal)), "a\n├─ b\n│  └─ c\n└─ d\\u{7}\n");
    }

    #[test]
    fn a_pipe_sees_indentation() {
        assert_eq!(tree().render(&style(Format::Plain)), "a\n  b\n    c\n  d\\u{7}\n");
    }
}
