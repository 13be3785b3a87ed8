//! What systemd is told (sd_notify(3)); nothing where it did not start the agent.

use sd_notify::NotifyState;

/// How long the watchdog waits during a reload, in microseconds: as long as the unit gives a start.
const RELOAD_WITHIN: u32 = 5 * 60 * 1_000_000;

/// The agent is ready, for the first time or after a reload.
pub(super) fn ready() {
    tell(&[[NotifyState::Ready].as_slice(), &patience(watchdog(), 0)].concat());
}

/// The agent ends.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The agent is alive: what its watchdog waits for.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// The agent reloads its configuration, until it is ready again. Nothing goes round meanwhile that would tell that it is
/// [`alive`].
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => {
            let patience = patience(watchdog(), RELOAD_WITHIN);
            tell(&[[NotifyState::Reloading, now].as_slice(), &patience].concat());
        }
        Err(error) => tracing::debug!(%error, "reading the clock for the service manager"),
    }
}

/// How long the watchdog waits by the unit, in microseconds, if there is one.
fn watchdog() -> Option<u64> {
    let mut microseconds = 0;
    sd_notify::watchdog_enabled(false, &mut microseconds).then_some(microseconds)
}

/// Has the watchdog, if there is one, wait as long as usual from now on, and no less than that; both in microseconds. One
/// that waits for more than an hour is left as it is.
fn patience(usual: Option<u64>, at_least: u32) -> Vec<NotifyState<'static>> {
    let usual = usual.and_then(|usual| u32::try_from(usual).ok());
    usual.map(|usual| NotifyState::WatchdogUsec(usual.max(at_least))).into_iter().collect()
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::debug!(%error, "telling the service manager");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(usual: Option<u64>, at_least: u32) -> Vec<String> {
        patience(usual, at_least).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_watchdog_waits_longer_during_a_reload_and_as_before_afterwards_and_none_is_begun() {
        assert_eq!(told(Some(30_000_000), RELOAD_WITHIN), ["WATCHDOG_USEC=300000000"]);
        assert_eq!(told(Some(30_000_000), 0), ["WATCHDOG_USEC=30000000"]);
        assert_eq!(told(Some(600_000_000), RELOAD_WITHIN), ["WATCHDOG_USEC=600000000"]);
        assert!(told(None, RELOAD_WITHIN).is_empty());
    }
}
