//! The proof of life for the service manager: what would stop when the agent hangs.

use std::sync::atomic::{AtomicU8, Ordering};

use super::systemd;

/// A loop without which the agent blocks nobody.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Beat {
    /// Log lines are taken, parsed, counted and decided on.
    Digest = 1,
    /// The engine is free, and the kernel's table was asked for and answered.
    Table = 2,
}

/// Every [`Beat`].
const ALL: u8 = Beat::Digest as u8 | Beat::Table as u8;

/// The beats since the service manager heard of the agent.
///
/// No timer of its own tells it (`WATCHDOG=1`, sd_notify(3)): the last loop to go round does. When one of them hangs,
/// nothing is told any more.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    felt: AtomicU8,
}

impl Pulse {
    /// This loop went round once more.
    pub(super) fn beat(&self, beat: Beat) {
        if self.completes(beat) {
            systemd::alive();
        }
    }

    /// Whether every loop has gone round since this was last so.
    fn completes(&self, beat: Beat) -> bool {
        let felt = self.felt.fetch_or(beat as u8, Ordering::Relaxed) | beat as u8;
        felt == ALL && self.felt.swap(0, Ordering::Relaxed) == ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_is_alive_only_while_every_loop_goes_round() {
        let pulse = Pulse::default();
        assert!(!pulse.completes(Beat::Table));
        assert!(!pulse.completes(Beat::Table), "digesting hangs");
        assert!(pulse.completes(Beat::Digest));
        assert!(!pulse.completes(Beat::Digest), "the table hangs");
        assert!(pulse.completes(Beat::Table));
    }
}
