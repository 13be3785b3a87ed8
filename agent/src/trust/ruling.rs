//! What all words about one attacker come to.

use std::{collections::HashMap, fmt};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Belief, Doubt, Statement};
use crate::domain::{FileHash, Karma, PeerKey, PostId};

/// Words that are given as the reasons of one block, the latest: more make it no truer.
const MAX_WORDS: usize = 64;

/// One post's word about an attacker, and whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Who says so.
    pub reporter: PeerKey,
    /// Its karma when this agent heard it.
    pub karma: Karma,
    /// In which post.
    pub post: PostId,
    /// By which malicious log.
    pub file_hash: FileHash,
    /// Since when.
    pub posted: Timestamp,
    /// Hostile events that the log shows.
    pub events: u32,
    /// Why the word counts, or why not.
    pub belief: Result<Belief, Doubt>,
}

impl Word {
    pub(super) fn new(statement: &Statement, network: IpNetwork, belief: Result<Belief, Doubt>) -> Self {
        let Statement { reporter, karma, post, file_hash, posted, .. } = *statement;
        Self { reporter, karma, post, file_hash, posted, events: statement.events_of(network), belief }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.belief {
            Ok(belief) => write!(f, "{} says so, and counts: {belief}", self.reporter),
            Err(doubt) => write!(f, "{} says so, and does not count: {doubt}", self.reporter),
        }
    }
}

/// What is decided about an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "lowercase")]
pub enum Decision {
    /// There are words enough.
    Block {
        /// When the last of them was given that brings it about.
        last: Timestamp,
        /// Until when it is blocked.
        until: Timestamp,
    },
    /// There are not.
    Wait {
        /// How many there are: different reporters, and this agent.
        #[serde(rename = "so_far")]
        words: usize,
    },
}

/// What is decided about one attacker, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The attacker.
    pub network: IpNetwork,
    /// How many words it takes.
    pub needed: usize,
    /// When this agent saw the attack itself.
    pub own: Option<Timestamp>,
    /// What posts say, the oldest first.
    pub words: Vec<Word>,
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// How far apart words may be.
    #[serde(skip)]
    pub(super) within: SignedDuration,
}

impl Ruling {
    /// The words that bring the block about, the oldest first; none when it has to wait.
    pub fn proof(&self) -> impl Iterator<Item = &Word> {
        let last = match self.decision {
            Decision::Block { last, .. } => Some(last),
            Decision::Wait { .. } => None,
        };
        let counts = move |word: &&Word| {
            word.belief.is_ok() && last.is_some_and(|last| self.supports(word.posted, last))
        };
        let number = self.words.iter().filter(counts).count();
        self.words.iter().filter(counts).skip(number.saturating_sub(MAX_WORDS))
    }

    /// Whether a word given at `earlier` supports one given at `last`.
    fn supports(&self, earlier: Timestamp, last: Timestamp) -> bool {
        earlier <= last && last.duration_since(earlier) <= self.within
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = if self.own.is_some() { ", this agent's own among them" } else { "" };
        match self.decision {
            Decision::Block { .. } => {
                let mut reporters: Vec<_> = self.proof().map(|word| word.reporter).collect();
                reporters.sort_unstable();
                reporters.dedup();
                let words = reporters.len() + usize::from(self.own.is_some());
                write!(f, "enough words: {words} of {}{own}", self.needed)
            }
            Decision::Wait { words } => write!(f, "waits: {words} of {} words{own}", self.needed),
        }
    }
}

/// Who gives a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Voice {
    /// This agent, which saw it itself.
    Own,
    /// A believed reporter.
    Peer(PeerKey),
    /// One whom the operator pinned: enough alone.
    Pinned(PeerKey),
}

/// Words in the order of time, as they come into reach of each other and leave it.
#[derive(Default)]
struct Window {
    voices: HashMap<Voice, usize>,
}

impl Window {
    fn enter(&mut self, voice: Voice) {
        *self.voices.entry(voice).or_default() += 1;
    }

    fn leave(&mut self, voice: Voice) {
        if let Some(times) = self.voices.get_mut(&voice) {
            *times -= 1;
            if *times == 0 {
                self.voices.remove(&voice);
            }
        }
    }

    /// Own proof alone is this agent's own block, and needs no word.
    fn is_enough(&self, needed: usize) -> bool {
        let is_pinned = |voice: &Voice| matches!(voice, Voice::Pinned(_));
        let said = self.voices.keys().any(|voice| *voice != Voice::Own);
        said && (self.voices.len() >= needed || self.voices.keys().any(is_pinned))
    }
}

/// The time of the last word that, with those within reach before it, is enough; or else how many there are at the end.
/// The words are in the order of time.
pub(super) fn last_of_quorum(
    words: &[(Timestamp, Voice)],
    within: SignedDuration,
    needed: usize,
) -> Result<Timestamp, usize> {
    let (mut window, mut oldest, mut enough) = (Window::default(), words.iter(), None);
    let mut begin = oldest.next();
    for (at, voice) in words {
        window.enter(*voice);
        while let Some((before, gone)) = begin.filter(|(before, _)| at.duration_since(*before) > within) {
            debug_assert!(before <= at);
            window.leave(*gone);
            begin = oldest.next();
        }
        if window.is_enough(needed) {
            enough = Some(*at);
        }
    }
    enough.ok_or(window.voices.len())
}
