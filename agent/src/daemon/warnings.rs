//! The last warnings and errors, kept for whoever is asked for help.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// Lines that are kept.
const KEPT: usize = 200;
/// Most bytes of each.
const LONGEST: usize = 2000;

/// The last lines that were written to it; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<VecDeque<String>>>);

impl Warnings {
    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }
}

impl io::Write for Warnings {
    /// Takes one message.
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        let kept = message.get(..LONGEST).unwrap_or(message);
        self.push(String::from_utf8_lossy(kept).trim_end());
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_the_last_warnings_are_kept_and_of_a_long_one_the_beginning() {
        let mut warnings = Warnings::default();
        for number in 0..=KEPT {
            warnings.clone().write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        warnings.write_all(&[b'x'; 3 * LONGEST]).unwrap();
        let lines = warnings.lines();
        assert_eq!(lines.len(), KEPT);
        assert_eq!((lines[0].as_str(), lines[KEPT - 1].len()), ("2", LONGEST));
    }
}
