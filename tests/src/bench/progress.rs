//! What is going on, on stderr: a line that changes on a terminal, lines elsewhere.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// Tells what is being measured.
pub struct Progress {
    line: Option<ProgressBar>,
}

impl Default for Progress {
    fn default() -> Self {
        let line = io::stderr().is_terminal().then(|| {
            let line = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
            line.enable_steady_tick(Duration::from_millis(120));
            line
        });
        Self { line }
    }
}

impl Progress {
    /// Begins with something else.
    pub fn step(&self, what: impl Into<String>) {
        match &self.line {
            Some(line) => line.set_message(what.into()),
            None => eprintln!("{}", what.into()),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}
