//! The daemon's log on stderr.

use std::io::{self, IsTerminal};

use anyhow::Context;
use clap::ValueEnum;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, filter::LevelFilter, fmt, layer::SubscriberExt, registry, util::SubscriberInitExt,
};

use crate::daemon::Warnings;

/// Environment variable that sets the level.
const LEVEL_VARIABLE: &str = "RUST_LOG";

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line: timestamp, level, and fields with the message and its step.
    Json,
}

/// Lines that wait for a reader who is slow; further ones are left out.
const WAITING: usize = 10_000;

/// Starts the log, which is written until the guard is dropped; `warnings` keep the last of what is wrong.
///
/// Whoever hangs while reading it must not make the daemon hang too, so it is written by a thread of its own.
///
/// # Errors
/// When RUST_LOG makes no sense.
pub(super) fn start(format: LogFormat, warnings: &Warnings) -> anyhow::Result<WorkerGuard> {
    let text = std::env::var(LEVEL_VARIABLE).unwrap_or_default();
    let filter = EnvFilter::try_new(directives(&text))
        .with_context(|| format!("environment variable {LEVEL_VARIABLE}: expected a level such as debug"))?;
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).thread_name("log").finish(io::stderr());
    // A log that cannot be written must not end the daemon, as a complaint on a closed stderr would.
    let log = fmt::layer().with_writer(writer).log_internal_errors(false);
    let log = match format {
        LogFormat::Json => log.json().with_current_span(false).with_span_list(false).boxed(),
        LogFormat::Text => log.with_ansi(wants_colours()).with_target(false).boxed(),
    };
    let kept = warnings.clone();
    let kept = fmt::layer().with_writer(move || kept.clone()).with_ansi(false).with_target(false);
    registry().with(filter).with(log).with(kept.with_filter(LevelFilter::WARN)).init();
    Ok(guard)
}

fn wants_colours() -> bool {
    // https://no-color.org: set and not empty.
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && io::stderr().is_terminal()
}

/// A bare level is meant for this agent: what its libraries say matters only when something is wrong.
fn directives(text: &str) -> String {
    let level =
        if text.trim().is_empty() { Ok(LevelFilter::INFO) } else { text.trim().parse::<LevelFilter>() };
    match level {
        Ok(level) => format!("{},sentinel_agent={level}", level.min(LevelFilter::WARN)),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_for_this_agent_and_its_libraries_stay_quiet() {
        assert_eq!(directives(""), "warn,sentinel_agent=info");
        assert_eq!(directives("debug"), "warn,sentinel_agent=debug");
        assert_eq!(directives("off"), "off,sentinel_agent=off");
    }

    #[test]
    fn whoever_names_modules_is_obeyed() {
        assert_eq!(directives("info,rustls=debug"), "info,rustls=debug");
    }
}
