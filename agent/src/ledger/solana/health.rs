//! How an endpoint did lately, and whether it is asked before the others.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::{
    backoff::Backoff,
    domain::{EndpointReport, EndpointTrouble},
};

/// Longest time for which an endpoint that keeps failing is left alone.
const LONGEST_REST: Duration = Duration::from_secs(300);

/// What is known of an endpoint.
pub(super) struct Health {
    trouble: Option<EndpointTrouble>,
    rests_until: Option<Instant>,
    rests: Backoff,
    is_followed: bool,
    silence: Option<EndpointTrouble>,
    disagreement: Option<EndpointTrouble>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            trouble: None,
            rests_until: None,
            rests: Backoff::up_to(LONGEST_REST),
            is_followed: false,
            silence: None,
            disagreement: None,
        }
    }
}

impl Health {
    /// It answered.
    pub(super) fn answered(&mut self) {
        if self.trouble.take().is_some() {
            self.rests_until = None;
            self.rests.reset();
        }
    }

    /// It did not. Of questions that fail all at once only the first makes the rest longer.
    pub(super) fn failed(&mut self, what: String, (now, at): (Instant, Timestamp)) {
        self.trouble = Some(EndpointTrouble { what, at });
        if self.rest(now).is_zero() {
            self.rests_until = Some(now + self.rests.pause());
        }
    }

    /// New posts are heard from it.
    pub(super) fn heard(&mut self) {
        self.is_followed = true;
        self.silence = None;
    }

    /// They no longer are.
    pub(super) fn fell_silent(&mut self, what: String, at: Timestamp) {
        self.is_followed = false;
        self.silence = Some(EndpointTrouble { what, at });
    }

    /// It and the others did not say the same.
    pub(super) fn disagreed(&mut self, what: String, at: Timestamp) {
        self.disagreement = Some(EndpointTrouble { what, at });
    }

    /// How long it is to be left alone yet, as long as another one answers.
    pub(super) fn rest(&self, now: Instant) -> Duration {
        self.rests_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default()
    }

    pub(super) fn report(&self, endpoint: String, is_used: bool) -> EndpointReport {
        EndpointReport {
            endpoint,
            is_used,
            is_followed: self.is_followed,
            trouble: self.trouble.clone().or_else(|| self.silence.clone()),
            disagreement: self.disagreement.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(health: &mut Health, now: Instant) {
        health.failed("closed".to_owned(), (now, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn who_fails_rests_ever_longer_and_who_answers_is_asked_first_again() {
        let (mut health, now) = (Health::default(), Instant::now());
        fail(&mut health, now);
        let first = health.rest(now);
        assert!(first >= Duration::from_secs(1));
        fail(&mut health, now + first);
        let second = health.rest(now + first);
        fail(&mut health, now + first + second);
        assert!(health.rests_until.unwrap() >= now + Duration::from_secs(1 + 2 + 4));
        health.answered();
        assert!(health.rest(now).is_zero() && health.trouble.is_none());
    }

    #[test]
    fn questions_that_fail_together_make_one_rest() {
        let (mut health, now) = (Health::default(), Instant::now());
        (0..100).for_each(|_| fail(&mut health, now));
        assert!(health.rest(now) <= Duration::from_secs(3));
    }
}
