//! What systemd is told (sd_notify(3)); nothing where it did not start the agent.

use sd_notify::NotifyState;

/// The agent is ready, for the first time or after a reload.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The agent ends.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The agent is alive: what its watchdog waits for.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// The agent reloads its configuration, until it is ready again.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "reading the clock for the service manager"),
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::debug!(%error, "telling the service manager");
    }
}
