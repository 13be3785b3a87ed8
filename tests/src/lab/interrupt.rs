//! Ctrl-C and `kill`.

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Runs `story` to its end, or drops it at SIGINT or SIGTERM: with it go its processes, namespaces and files.
///
/// # Errors
/// Those of the story, and the interruption.
pub async fn unless_interrupted<T>(story: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let mut interrupt = signal(SignalKind::interrupt()).context("watching for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("watching for SIGTERM")?;
    tokio::select! {
        result = story => result,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}
