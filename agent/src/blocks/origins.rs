//! Equal origins, kept once: a post or a detector may be the ground for a hundred thousand blocks.

use std::{collections::HashSet, sync::Arc};

use crate::domain::Origin;

/// Origins below which nobody looks for unused ones.
const FEW: usize = 1024;

/// All origins that reasons have, and some that they had.
#[derive(Debug, Default)]
pub(super) struct Origins {
    known: HashSet<Arc<Origin>>,
    /// How many were in use when that was last looked at.
    in_use: usize,
}

impl Origins {
    /// The one copy of this origin.
    pub(super) fn shared(&mut self, origin: Arc<Origin>) -> Arc<Origin> {
        if let Some(known) = self.known.get(&origin) {
            return Arc::clone(known);
        }
        if self.known.len() >= FEW.max(2 * self.in_use) {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.in_use = self.known.len();
        }
        self.known.insert(Arc::clone(&origin));
        origin
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
