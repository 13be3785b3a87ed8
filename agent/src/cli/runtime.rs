//! Waiting for a network, in commands that otherwise wait for nothing.

use anyhow::Context;
use tokio::runtime::Builder;

/// Runs this to its end, and does not wait for what it has left to other threads.
pub(super) fn block_on<F: Future>(work: F) -> anyhow::Result<F::Output> {
    let runtime = Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    let output = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        time::{Duration, Instant},
    };

    use tokio::task::spawn_blocking;

    use super::*;

    #[test]
    fn what_hangs_on_another_thread_holds_up_nobody() {
        const HANGS: Duration = Duration::from_secs(20);
        let (held, waits) = mpsc::channel::<()>();
        let begun = Instant::now();
        block_on(async {
            let hanging = spawn_blocking(move || waits.recv_timeout(HANGS));
            tokio::task::yield_now().await;
            drop(hanging);
        })
        .unwrap();
        assert!(begun.elapsed() < HANGS);
        drop(held);
    }
}
