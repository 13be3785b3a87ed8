//! How long to wait before the next try of what keeps failing.

use std::time::Duration;

use backon::{BackoffBuilder, ConstantBuilder, ExponentialBackoff, ExponentialBuilder};

/// The first pause.
const FIRST: Duration = Duration::from_secs(1);

/// Pauses that double from a second up to a limit. A random part, at most as long again, keeps agents that lost the
/// same server from returning all at once.
#[derive(Debug)]
pub struct Backoff {
    builder: ExponentialBuilder,
    pauses: ExponentialBackoff,
}

impl Backoff {
    /// Pauses of which the random part aside none is longer than this.
    #[must_use]
    pub fn up_to(longest: Duration) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(FIRST)
            .with_max_delay(longest)
            .without_max_times()
            .with_jitter();
        Self { builder, pauses: builder.build() }
    }

    /// The pause after one more failure.
    pub fn pause(&mut self) -> Duration {
        self.pauses.next().unwrap_or(FIRST)
    }

    /// Takes note of a success: the next pause is the first again.
    pub fn reset(&mut self) {
        self.pauses = self.builder.build();
    }
}

/// `pause` and a random part, at most as long again: agents that began together go on at different times.
#[must_use]
pub fn with_random_part(pause: Duration) -> Duration {
    let mut drawn = ConstantBuilder::new().with_delay(pause).with_jitter().build();
    drawn.next().unwrap_or(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_parts_differ_and_are_at_most_as_long_as_the_pause() {
        let pause = Duration::from_secs(3600);
        let drawn: Vec<_> = (0..100).map(|_| with_random_part(pause)).collect();
        assert!(drawn.iter().all(|drawn| (pause..=2 * pause).contains(drawn)), "{drawn:?}");
        assert!(drawn.iter().any(|other| *other != drawn[0]), "{drawn:?}");
    }

    #[test]
    fn pauses_grow_to_the_limit_and_begin_anew_after_a_success() {
        let longest = Duration::from_secs(8);
        let mut backoff = Backoff::up_to(longest);
        for doubled in [1, 2, 4, 8, 8, 8] {
            let pause = backoff.pause();
            assert!(pause >= Duration::from_secs(doubled) && pause <= 2 * longest, "{doubled}: {pause:?}");
        }
        backoff.reset();
        assert!(backoff.pause() < Duration::from_secs(3));
    }
}
