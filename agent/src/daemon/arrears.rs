//! What the kernel is known to lack, and when it is told everything anew.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::kernel::KernelError;

/// How long the kernel is left alone that refused single elements (a set is full): it would refuse them again, and
/// telling it everything may take seconds.
const PAUSE: Duration = Duration::from_secs(60);

/// When the kernel has to be told everything anew, if it lacks something.
#[derive(Debug, Default)]
pub(super) struct Arrears(Mutex<Option<Instant>>);

impl Arrears {
    /// Notes what became of something that the kernel was told.
    pub(super) fn note(&self, result: &Result<(), KernelError>) {
        let now = Instant::now();
        let due = match result {
            Ok(()) => return,
            Err(KernelError::Elements(_)) => now + PAUSE,
            Err(_) => now,
        };
        let mut noted = self.noted();
        *noted = Some(noted.map_or(due, |earlier| earlier.min(due)));
    }

    /// It is being told everything.
    pub(super) fn clear(&self) {
        *self.noted() = None;
    }

    /// Whether it lacks anything.
    pub(super) fn any(&self) -> bool {
        self.noted().is_some()
    }

    /// Whether it is time to tell it everything.
    pub(super) fn are_due(&self) -> bool {
        self.noted().is_some_and(|due| due <= Instant::now())
    }

    fn noted(&self) -> MutexGuard<'_, Option<Instant>> {
        // Whoever holds it writes one value.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Result<(), KernelError> {
        Err(KernelError::Elements(Vec::new()))
    }

    fn ended() -> Result<(), KernelError> {
        Err(KernelError::Ended { attempt: "changing what is blocked" })
    }

    #[test]
    fn a_kernel_that_refused_elements_is_left_alone_for_a_while() {
        let arrears = Arrears::default();
        arrears.note(&Ok(()));
        assert!(!arrears.any());
        arrears.note(&refused());
        arrears.note(&Ok(()));
        assert!(arrears.any() && !arrears.are_due(), "what it took later does not make up for it");
    }

    #[test]
    fn a_kernel_that_took_nothing_is_told_everything_at_once_whatever_it_refused_besides() {
        let arrears = Arrears::default();
        for result in [refused(), ended(), refused()] {
            arrears.note(&result);
        }
        assert!(arrears.are_due());
        arrears.clear();
        assert!(!arrears.any());
    }
}
