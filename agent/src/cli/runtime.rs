//! Waiting for a network, in commands that otherwise wait for nothing.

use anyhow::Context;
use tokio::runtime::Builder;

/// Runs this to its end.
pub(super) fn block_on<F: Future>(work: F) -> anyhow::Result<F::Output> {
    let runtime = Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    Ok(runtime.block_on(work))
}
