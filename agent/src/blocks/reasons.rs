//! The reasons of one block, in little memory: there may be a million blocks.

use std::{mem, slice, sync::Arc};

use super::timeline::{Moment, Timeline};
use crate::domain::{LogId, Origin, Reason, Scope, SourceClass};

/// Reasons of peers that one block keeps: an attacker whom thousands of posts accuse is blocked no more than one whom
/// these do.
pub(super) const MAX_OF_PEERS: usize = 64;

/// A reason as the set keeps it: 40 bytes.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    origin: Arc<Origin>,
    since: Moment,
    until: Moment,
    events: u32,
    log: Option<LogId>,
}

impl Kept {
    pub(super) fn new(origin: Arc<Origin>, reason: &Reason, line: &Timeline) -> Self {
        let (since, until) = (line.moment(reason.since), line.moment(reason.until));
        Self { origin, since, until, events: reason.events, log: reason.log }
    }

    pub(super) fn reason(&self, line: &Timeline) -> Reason {
        Reason {
            origin: Arc::clone(&self.origin),
            events: self.events,
            log: self.log,
            since: line.time(self.since),
            until: line.time(self.until),
        }
    }

    pub(super) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    pub(super) fn until(&self) -> Moment {
        self.until
    }

    pub(super) fn has_ended(&self, now: Moment) -> bool {
        self.until <= now
    }
}

/// The reasons of one block: hardly ever more than one, never none while it is in the set.
#[derive(Debug)]
pub(super) enum Reasons {
    One(Kept),
    Many(Vec<Kept>),
}

impl Reasons {
    pub(super) fn as_slice(&self) -> &[Kept] {
        match self {
            Self::One(one) => slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Adds a reason. A newer one of the same origin replaces the older, keeping when it began and never shortening it.
    /// Gives back whose reason had to go for it.
    pub(super) fn merge(&mut self, new: Kept) -> Option<Arc<Origin>> {
        let kept = match self {
            Self::One(one) => slice::from_mut(one),
            Self::Many(many) => many.as_mut_slice(),
        };
        match kept.iter_mut().find(|old| old.origin == new.origin) {
            Some(old) => {
                *old = Kept {
                    since: old.since.min(new.since),
                    until: old.until.max(new.until),
                    log: new.log.or(old.log),
                    ..new
                };
                None
            }
            None => {
                let mut all = self.take();
                all.push(new);
                let dropped = surplus(&all).map(|index| all.remove(index).origin);
                *self = Self::Many(all);
                dropped
            }
        }
    }

    /// Takes out the reasons for which `goes` holds, and names their origins. What is left may be nothing.
    pub(super) fn remove(&mut self, goes: impl Fn(&Kept) -> bool) -> Vec<Arc<Origin>> {
        if !self.as_slice().iter().any(&goes) {
            return Vec::new();
        }
        let (gone, mut left): (Vec<Kept>, Vec<Kept>) = self.take().into_iter().partition(goes);
        *self = match left.pop() {
            Some(one) if left.is_empty() => Self::One(one),
            last => {
                left.extend(last);
                Self::Many(left)
            }
        };
        gone.into_iter().map(|kept| kept.origin).collect()
    }

    fn take(&mut self) -> Vec<Kept> {
        match mem::replace(self, Self::Many(Vec::new())) {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }

    /// What they come to, given what a peer's reason drops; nothing when there are none.
    pub(super) fn summary(&self, of_peers: Scope) -> Option<Summary> {
        let reasons = self.as_slice();
        let last_of = |scope| {
            reasons.iter().filter(|kept| kept.origin.scope(of_peers) == scope).map(|kept| kept.until).max()
        };
        let all = last_of(Scope::All);
        Some(Summary {
            class: reasons.iter().map(|kept| kept.origin.class()).max()?,
            all,
            inbound: last_of(Scope::Inbound).filter(|inbound| all.is_none_or(|all| *inbound > all)),
            next_end: reasons.iter().map(|kept| kept.until).min()?,
        })
    }
}

/// Which of the peers' reasons ends first, when there are too many.
fn surplus(reasons: &[Kept]) -> Option<usize> {
    let of_peers = || reasons.iter().enumerate().filter(|(_, kept)| kept.origin.class() == SourceClass::Peer);
    let is_full = of_peers().count() > MAX_OF_PEERS;
    is_full.then(|| of_peers().min_by_key(|(_, kept)| kept.until)).flatten().map(|(index, _)| index)
}

/// What the reasons of one block come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// Local before manual before peer.
    pub(super) class: SourceClass,
    all: Option<Moment>,
    /// Only when it outlasts `all`.
    inbound: Option<Moment>,
    /// When the first of the reasons ends.
    pub(super) next_end: Moment,
}

impl Summary {
    /// The scopes in which the network is dropped, each with its end.
    pub(super) fn scopes(&self) -> impl Iterator<Item = (Scope, Moment)> + use<> {
        let of = |scope, until: Option<Moment>| until.map(|until| (scope, until));
        [of(Scope::All, self.all), of(Scope::Inbound, self.inbound)].into_iter().flatten()
    }
}
