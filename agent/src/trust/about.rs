//! What is said about one network.

use std::sync::Arc;

use super::Statement;

/// Statements about one network, the oldest first. Those that count stand apart, so that a crowd of others makes no ruling
/// slower.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    believed: Vec<Arc<Statement>>,
    others: Vec<Arc<Statement>>,
}

impl About {
    pub(super) fn put(&mut self, statement: &Arc<Statement>, is_believed: bool) {
        let statements = if is_believed { &mut self.believed } else { &mut self.others };
        let place = statements.partition_point(|other| other.age() < statement.age());
        statements.insert(place, Arc::clone(statement));
    }

    /// Takes a statement away; whether it was there.
    pub(super) fn take(&mut self, statement: &Statement) -> bool {
        for statements in [&mut self.believed, &mut self.others] {
            if let Ok(place) = statements.binary_search_by_key(&statement.age(), |other| other.age()) {
                statements.remove(place);
                return true;
            }
        }
        false
    }

    pub(super) fn is_empty(&self) -> bool {
        self.believed.is_empty() && self.others.is_empty()
    }

    /// Those of believed reporters, and this agent's own.
    pub(super) fn believed(&self) -> &[Arc<Statement>] {
        &self.believed
    }

    /// Those of all others.
    pub(super) fn others(&self) -> &[Arc<Statement>] {
        &self.others
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Statement>> {
        self.believed.iter().chain(&self.others)
    }
}
