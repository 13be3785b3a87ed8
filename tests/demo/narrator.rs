//! How the story is told: in colour on a terminal, plain in a pipe.

use std::{
    env,
    fmt::Display,
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

/// Moments are held back so long, to be told in the order in which they happened and not as they were heard of.
const HOLD_BACK: SignedDuration = SignedDuration::from_millis(60);

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";

/// Something that happened somewhere.
pub(crate) struct Moment {
    /// When.
    pub(crate) at: Timestamp,
    /// Where, in a word.
    pub(crate) place: &'static str,
    /// What, in a word.
    pub(crate) step: String,
    /// What, in full.
    pub(crate) text: String,
}

/// Tells the story on stdout.
pub(crate) struct Narrator {
    colours: bool,
    moments: Mutex<Moments>,
}

#[derive(Default)]
struct Moments {
    start: Option<Timestamp>,
    untold: Vec<Moment>,
}

impl Narrator {
    /// Colours only where somebody looks and has not asked for none (<https://no-color.org>).
    pub(crate) fn for_stdout() -> Self {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colours: io::stdout().is_terminal() && !unwanted, moments: Mutex::default() }
    }

    /// Begins a chapter.
    pub(crate) fn heading(&self, text: &str) {
        self.print(&format!("\n{}", self.paint(BOLD, text)));
    }

    /// Shows something as it is.
    pub(crate) fn show(&self, text: &str) {
        let lines: Vec<_> = text.trim_end().lines().map(|line| format!("    {line}")).collect();
        self.print(&self.paint(DIM, &lines.join("\n")));
    }

    /// Something is as it should be.
    pub(crate) fn good(&self, text: &str) {
        self.print(&format!("  {} {text}", self.paint(GREEN, "ok")));
    }

    /// The story ends badly.
    pub(crate) fn failed(&self, error: &anyhow::Error) {
        self.print(&format!("\n{} {error:#}", self.paint(RED, "The demo failed:")));
    }

    /// Times are told from here on, relative to `start`.
    pub(crate) fn start_clock(&self, start: Timestamp) {
        self.moments().start.get_or_insert(start);
    }

    /// Keeps a moment to be told in its turn.
    pub(crate) fn hear(&self, moment: Moment) {
        self.moments().untold.push(moment);
    }

    /// Tells moments in order until it is dropped.
    pub(crate) async fn tell_moments(&self) {
        loop {
            self.tell_until(Timestamp::now() - HOLD_BACK);
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Tells all that was heard of.
    pub(crate) async fn finish_moments(&self) {
        sleep(HOLD_BACK.unsigned_abs()).await;
        self.tell_until(Timestamp::MAX);
    }

    fn tell_until(&self, now: Timestamp) {
        let mut moments = self.moments();
        let Some(start) = moments.start else { return };
        let mut due: Vec<_> = moments.untold.extract_if(.., |moment| moment.at <= now).collect();
        drop(moments);
        due.sort_by_key(|moment| moment.at);
        for Moment { at, place, step, text } in due.iter().filter(|moment| moment.at >= start) {
            let after = format!("{:>9} ms", milliseconds(at.duration_since(start)));
            let place = self.paint(CYAN, &format!("{place:<8}"));
            let step = self.paint(BOLD, &format!("{step:<9}"));
            self.print(&format!("{after}  {place} {step} {text}"));
        }
    }

    fn moments(&self) -> MutexGuard<'_, Moments> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn print(&self, text: &str) {
        // Whoever closed the pipe does not want to hear more; the outcome is in the exit code.
        let _ = writeln!(io::stdout().lock(), "{text}");
    }
}

/// A duration in milliseconds with one decimal.
pub(crate) fn milliseconds(duration: SignedDuration) -> impl Display {
    format!("{:.1}", duration.as_secs_f64() * 1000.0)
}
