//! What a program said, and when.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    sync::watch,
    time::timeout,
};

/// A line, and the moment it arrived here.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it arrived.
    pub at: Timestamp,
    /// The line without its end.
    pub text: String,
}

/// The lines of a program so far, growing while it runs.
#[derive(Clone)]
pub struct Transcript {
    lines: watch::Receiver<Vec<Line>>,
}

impl Transcript {
    /// Takes down every line from `outputs` until all of them end.
    pub(super) fn of(outputs: [Option<Box<dyn AsyncRead + Send + Unpin>>; 2]) -> Self {
        let (writer, lines) = watch::channel(Vec::new());
        for output in outputs.into_iter().flatten() {
            let writer = writer.clone();
            tokio::spawn(async move {
                let mut output = BufReader::new(output);
                let mut bytes = Vec::new();
                while matches!(output.read_until(b'\n', &mut bytes).await, Ok(1..)) {
                    let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                    writer.send_modify(|lines| lines.push(Line { at: Timestamp::now(), text }));
                    bytes.clear();
                }
            });
        }
        Self { lines }
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.lines.borrow().clone()
    }

    /// Waits for the first line, past ones included, that `find` takes.
    ///
    /// # Errors
    /// When there is none in time, or the program ends before: with what was waited for and the last lines.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        limit: Duration,
        find: impl Fn(&Line) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut lines = self.lines.clone();
        let found =
            timeout(limit, lines.wait_for(|lines| lines.iter().any(|line| find(line).is_some()))).await;
        let problem = match found {
            Ok(Ok(lines)) => return lines.iter().find_map(find).context("a line that was there is gone"),
            Ok(Err(_)) => format!("{what}: the program ended before"),
            Err(_) => format!("{what}: not within {} s", limit.as_secs()),
        };
        Err(anyhow!("{problem}; its last lines:\n{}", self.tail(15)))
    }

    /// Gives every line to `tell` as it arrives, past ones first, until the program ends.
    pub async fn follow(&self, mut tell: impl FnMut(&Line)) {
        let mut lines = self.lines.clone();
        let mut told = 0;
        loop {
            let new: Vec<Line> = lines.borrow_and_update().iter().skip(told).cloned().collect();
            told += new.len();
            new.iter().for_each(&mut tell);
            if lines.changed().await.is_err() {
                return;
            }
        }
    }

    /// The last `count` lines, indented.
    #[must_use]
    pub fn tail(&self, count: usize) -> String {
        let lines = self.lines.borrow();
        let last = lines.iter().skip(lines.len().saturating_sub(count));
        last.fold(String::new(), |mut text, line| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "    {}", line.text);
            text
        })
    }
}
