//! What became of a decision: what was decided, and whether kernel and disk have taken it.

use std::{fmt, time::Instant};

use ipnetwork::IpNetwork;

use crate::{
    blocks::Change,
    detect::Detection,
    guard::Refused,
    kernel::{KernelError, Submitted},
    record::Record,
    store::database::{DatabaseError, Recorded},
};

/// What was decided.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Networks that are blocked because of it.
    pub(super) blocked: Vec<IpNetwork>,
    /// What was not let through.
    pub(super) refused: Vec<Refused>,
    /// What is to be reported.
    pub(super) detections: Vec<Detection>,
}

/// A decision on its way to the kernel and the disk.
#[must_use = "it may be refused"]
pub(super) struct HandedOver {
    pub(super) decided: Decided,
    /// When it was begun, where it is about attackers that were detected.
    pub(super) since: Option<Instant>,
    /// What it is about.
    pub(super) what: Subject,
    /// To the kernel, unless that has nothing to do with it, after so many rebuilds of the table.
    pub(super) submitted: Option<(Submitted<Instant>, u64)>,
    /// To the disk, likewise.
    pub(super) recorded: Option<Recorded>,
}

/// A decision with what became of it; to learn the one is to learn the other.
#[derive(Debug)]
#[must_use = "kernel or disk may have refused what was decided"]
pub(super) struct Done {
    decided: Decided,
    /// When the kernel had it, if it was told anything and took it.
    enforced: Option<Instant>,
    committed: Result<(), CommitError>,
}

impl Done {
    pub(super) fn new(
        decided: Decided,
        enforced: Option<Instant>,
        committed: Result<(), CommitError>,
    ) -> Self {
        Self { decided, enforced, committed }
    }

    /// Since when the kernel drops what is blocked because of it; none when that is nothing, or not enforced.
    pub(super) fn dropped_since(&self) -> Option<Instant> {
        self.enforced.filter(|_| !self.decided.blocked.is_empty())
    }

    /// What was decided, once it is both enforced and durable.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn committed(self) -> Result<Decided, CommitError> {
        self.committed.map(|()| self.decided)
    }

    /// What was decided, which stands in any case, and whether it is both enforced and durable.
    pub(super) fn parts(self) -> (Decided, Result<(), CommitError>) {
        (self.decided, self.committed)
    }
}

/// A decision that is not both enforced and durable. It stands all the same: what the disk did not take is tried again
/// every second, what the kernel did not take with the next rebuild of the table, ever more seldom while that does not
/// help.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    /// The kernel did not take all of it.
    #[error("enforcing {what} in the kernel: {source}")]
    Kernel {
        /// What was decided.
        what: Subject,
        /// The kernel's reason.
        source: KernelError,
    },
    /// The kernel was not told who passes whatever is blocked.
    #[error("telling the kernel who always passes: {0}")]
    Passing(KernelError),
    /// The database did not take it.
    #[error("remembering {what}: {source}")]
    Database {
        /// What was decided.
        what: Subject,
        /// The database's reason.
        source: DatabaseError,
    },
}

/// What a decision is about, in few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    first: Option<IpNetwork>,
    others: usize,
}

impl Subject {
    /// What these changes and records are about.
    pub(super) fn of(changes: &[Change], records: &[Record]) -> Self {
        let changed = changes.iter().map(|change| match change {
            Change::Enforce { network, .. } | Change::Release { network, .. } => *network,
        });
        let first = changed.chain(records.iter().filter_map(Record::network)).next();
        Self { first, others: changes.len().max(records.len()).saturating_sub(1) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.others) {
            (None, _) => f.write_str("what was read so far"),
            (Some(network), 0) => write!(f, "{network}"),
            (Some(network), others) => write!(f, "{network} and {others} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::domain::Scope;

    #[test]
    fn nothing_is_dropped_where_nothing_is_blocked_or_the_agent_only_observes() {
        let now = Instant::now();
        let blocked = vec!["203.0.113.7/32".parse().unwrap()];
        let since = |blocked: &[IpNetwork], enforced| {
            let decided = Decided { blocked: blocked.to_vec(), ..Decided::default() };
            Done::new(decided, enforced, Ok(())).dropped_since()
        };
        assert_eq!(since(&blocked, Some(now)), Some(now));
        assert_eq!((since(&blocked, None), since(&[], Some(now))), (None, None));
    }

    #[test]
    fn an_error_names_what_it_is_about() {
        let network: IpNetwork = "203.0.113.7/32".parse().unwrap();
        let release = Change::Release { network, scope: Scope::All };
        let what = Subject::of(&[release.clone(), release], &[]);
        let error = CommitError::Database { what, source: DatabaseError::Closed { path: "state.db".into() } };
        assert_eq!(
            error.to_string(),
            "remembering 203.0.113.7/32 and 1 more: the database state.db was closed"
        );
        let what = Subject::of(&[], &[Record::BlockGone(network)]);
        let error =
            CommitError::Kernel { what, source: KernelError::Ended { attempt: "changing what is blocked" } };
        assert!(error.to_string().starts_with("enforcing 203.0.113.7/32 in the kernel: "), "{error}");
    }
}
