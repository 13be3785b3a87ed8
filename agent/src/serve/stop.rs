//! How the server's tasks learn that it stops.

use tokio::sync::watch;

/// Held by every task that has to know.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<()>);

/// Dropping the sender is the signal, so that nothing serves on behalf of a server that is gone.
pub(super) fn channel() -> (watch::Sender<()>, Stop) {
    let (sender, receiver) = watch::channel(());
    (sender, Stop(receiver))
}

impl Stop {
    /// Ends when the server is to stop.
    pub(super) async fn requested(&self) {
        let mut receiver = self.0.clone();
        while receiver.changed().await.is_ok() {}
    }
}
