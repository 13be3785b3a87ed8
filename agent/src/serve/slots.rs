//! How many connections there may be.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::{AbortHandle, AbortRegistration};

use super::source::Source;
use crate::domain::PeerKey;

#[cfg(test)]
mod tests;

/// How long a connection makes room for no other after a peer asked for something on it, or had the last of an answer.
const PROTECTED: Duration = Duration::from_secs(30);
/// Connections of one peer that are protected at a time, so that few peers cannot hold all slots.
const PROTECTED_PER_PEER: usize = 8;
/// Connections that a peer may need at a time. Who has more, and makes room, has them for nothing.
const FEW: usize = 4;

/// Hands out a bounded number of slots, in all and per source address.
///
/// Whoever connects first has proved nothing, and a flood could take all slots. So when all are taken, the connection
/// that could have made room for longest makes it: a peer needs its slot for some milliseconds to prove who it is, and
/// is then protected for a time.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    total: usize,
    per_source: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    by_number: HashMap<u64, Held>,
    by_source: HashMap<Source, usize>,
    /// The connections that each peer proved itself on last, the first of them first.
    by_peer: HashMap<PeerKey, VecDeque<u64>>,
    /// Those that make room, and from when on.
    making_room: BTreeSet<(Instant, u64)>,
}

#[derive(Debug)]
struct Held {
    source: Source,
    is_proxy: bool,
    connection: AbortHandle,
    /// Who proved itself on it last, as far as that protects it.
    peer: Option<PeerKey>,
    /// That are on their way to peers.
    answers: usize,
    /// From when on it makes room; never while a protected peer is being answered.
    makes_room: Option<Instant>,
}

/// The right to hold one connection; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    taken: Arc<Mutex<Taken>>,
}

/// A slot for a new connection.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) slot: Slot,
    /// What ends the connection when it has to make room.
    pub(super) end: AbortRegistration,
    /// Who had many connections, for nothing, and lost one to this.
    pub(super) blamed: Option<Source>,
}

/// A peer is being answered; its connection is protected until this is dropped, and for a while after.
#[derive(Debug)]
pub(super) struct Answering(Arc<Slot>);

impl Slots {
    pub(super) fn new(total: usize, per_source: usize) -> Self {
        Self { total, per_source, taken: Arc::default() }
    }

    /// A slot for a connection from `source`, when there is one. A proxy that `is_proxy` trusted is no source of its
    /// own: it has as many as it wants.
    pub(super) fn take(&self, source: Source, is_proxy: bool, now: Instant) -> Option<Admission> {
        let mut taken = lock(&self.taken);
        if !is_proxy && taken.by_source.get(&source).is_some_and(|count| *count >= self.per_source) {
            return None;
        }
        let mut blamed = None;
        if taken.by_number.len() >= self.total {
            blamed = taken.oust(now)?.blamed();
        }
        let number = taken.next;
        taken.next += 1;
        *taken.by_source.entry(source).or_default() += 1;
        let (connection, end) = AbortHandle::new_pair();
        let held = Held { source, is_proxy, connection, peer: None, answers: 0, makes_room: None };
        taken.by_number.insert(number, held);
        taken.makes_room(number, Some(now));
        Some(Admission { slot: Slot { number, taken: Arc::clone(&self.taken) }, end, blamed })
    }
}

impl Slot {
    /// An active peer asked for something on this connection.
    pub(super) fn prove(&self, peer: PeerKey, now: Instant) {
        lock(&self.taken).prove(self.number, peer, now);
    }

    /// The peer is being answered.
    pub(super) fn answer(self: &Arc<Self>) -> Answering {
        lock(&self.taken).begin_answer(self.number);
        Answering(Arc::clone(self))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&self.taken).give_back(self.number);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        lock(&self.0.taken).end_answer(self.0.number, Instant::now());
    }
}

/// Who made room.
struct Ousted {
    source: Source,
    is_proxy: bool,
    is_one_of_many: bool,
}

impl Ousted {
    fn blamed(&self) -> Option<Source> {
        (self.is_one_of_many && !self.is_proxy).then_some(self.source)
    }
}

impl Taken {
    /// Ends the connection that could have made room for longest, if there is one.
    fn oust(&mut self, now: Instant) -> Option<Ousted> {
        let number = self.making_room.first().filter(|(from, _)| *from <= now)?.1;
        let held = self.give_back(number)?;
        held.connection.abort();
        let Held { source, is_proxy, .. } = held;
        let is_one_of_many = self.by_source.get(&source).is_some_and(|others| *others >= FEW);
        Some(Ousted { source, is_proxy, is_one_of_many })
    }

    fn prove(&mut self, number: u64, peer: PeerKey, now: Instant) {
        self.forget_proof(number);
        let Some(held) = self.by_number.get_mut(&number) else { return };
        held.peer = Some(peer);
        let protected = (held.answers == 0).then(|| now + PROTECTED);
        self.makes_room(number, protected);
        let proven = self.by_peer.entry(peer).or_default();
        proven.push_back(number);
        if proven.len() > PROTECTED_PER_PEER
            && let Some(first) = proven.front().copied()
        {
            self.forget_proof(first);
            self.makes_room(first, Some(now));
        }
    }

    fn begin_answer(&mut self, number: u64) {
        let Some(held) = self.by_number.get_mut(&number) else { return };
        held.answers += 1;
        if held.peer.is_some() {
            self.makes_room(number, None);
        }
    }

    fn end_answer(&mut self, number: u64, now: Instant) {
        let Some(held) = self.by_number.get_mut(&number) else { return };
        held.answers = held.answers.saturating_sub(1);
        if held.answers == 0 && held.peer.is_some() {
            self.makes_room(number, Some(now + PROTECTED));
        }
    }

    /// What was proved on this connection protects it no longer.
    fn forget_proof(&mut self, number: u64) {
        let Some(peer) = self.by_number.get_mut(&number).and_then(|held| held.peer.take()) else { return };
        if let Some(proven) = self.by_peer.get_mut(&peer) {
            proven.retain(|other| *other != number);
            if proven.is_empty() {
                self.by_peer.remove(&peer);
            }
        }
    }

    fn makes_room(&mut self, number: u64, from: Option<Instant>) {
        let Some(held) = self.by_number.get_mut(&number) else { return };
        let before = std::mem::replace(&mut held.makes_room, from);
        if let Some(before) = before {
            self.making_room.remove(&(before, number));
        }
        if let Some(from) = from {
            self.making_room.insert((from, number));
        }
    }

    fn give_back(&mut self, number: u64) -> Option<Held> {
        self.forget_proof(number);
        self.makes_room(number, None);
        let held = self.by_number.remove(&number)?;
        if let Some(count) = self.by_source.get_mut(&held.source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&held.source);
            }
        }
        Some(held)
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
