//! What a post is worth a like for: it was right, and it was first; and who likes it.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{Docket, Doubt, Statement, Touched, about::About};
use crate::domain::{Karma, PeerKey, PostId};

/// Why a post gets no like, as far as it is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// Nothing is remembered of it.
    #[error("this agent does not remember what it says")]
    Forgotten,
    /// It is this agent's own, or its reporter is banned or no active peer.
    #[error("its reporter gets no likes from this agent")]
    Reporter,
    /// All of it had been said before, by others or its reporter.
    #[error("all that it says had been said before")]
    Copied,
    /// Too little of it is corroborated.
    #[error("{corroborated} of the {first} attackers that it was first to name are corroborated")]
    Uncorroborated {
        /// How many.
        corroborated: usize,
        /// Of so many.
        first: usize,
    },
    /// It has earned likes, and this agent's would move nothing.
    #[error("it is a newcomer's, and only likes of peers with karma of at least {needed} count")]
    NoVoice {
        /// Karma from which a like counts.
        needed: Karma,
    },
    /// It has earned likes, and others give them.
    #[error("it is a newcomer's, and {drawn} other peers were drawn to like it")]
    NotDrawn {
        /// So many.
        drawn: usize,
    },
}

impl Docket {
    /// Whether a post has earned a like, and this agent is to give it: of the attackers that nobody named before it, at least
    /// half, and at least one, are corroborated without its reporter. A copy or a repetition proves nothing about who made
    /// it, so it earns nothing.
    ///
    /// Nothing is remembered of a like that is left to others: whose turn it is follows from the ledger's peers.
    ///
    /// # Errors
    /// Why it has not.
    pub fn praise(&self, post: PostId) -> Result<(), Unproven> {
        Examiner::of(self).examine(post)
    }

    /// The posts that have earned a like by now, and got none before, among `heard` and those about these networks.
    #[must_use]
    pub fn praiseworthy(&self, touched: &Touched, heard: Option<PostId>) -> Vec<PostId> {
        let mut examiner = Examiner::of(self);
        // Where nobody who counts says anything, nothing is corroborated.
        let about =
            touched.iter().filter(|network| self.is_supported(**network)).filter_map(|it| self.about(*it));
        let mut posts: BTreeSet<PostId> = about.flat_map(|about| about.all().map(|said| said.post)).collect();
        posts.extend(heard);
        posts.retain(|post| !self.is_praised(*post) && examiner.may_be_right(*post));
        posts.into_iter().filter(|post| examiner.examine(*post).is_ok()).collect()
    }

    /// Whether this agent or anybody whom it believes says anything about a network.
    fn is_supported(&self, network: IpNetwork) -> bool {
        self.seen(network).is_some() || self.about(network).is_some_and(|about| !about.believed().is_empty())
    }
}

/// What a statement says, as far as it is known now.
struct Weighed {
    /// Whom it names and others bear out.
    right: Vec<IpNetwork>,
    /// How many it names whom nobody bears out, and no believed reporter had named before.
    wrong: usize,
}

/// Looks at posts with what is said at one moment, and remembers what it found.
struct Examiner<'a> {
    docket: &'a Docket,
    mostly_right: HashMap<PostId, bool>,
}

impl<'a> Examiner<'a> {
    fn of(docket: &'a Docket) -> Self {
        Self { docket, mostly_right: HashMap::new() }
    }

    fn examine(&mut self, post: PostId) -> Result<(), Unproven> {
        let statement = self.docket.statement(post).ok_or(Unproven::Forgotten)?;
        if !self.may_be_praised(&statement.reporter) {
            return Err(Unproven::Reporter);
        }
        let Weighed { right, wrong } = self.weigh(statement);
        let corroborated =
            right.into_iter().filter(|network| !self.is_named_before(*network, statement)).count();
        match (corroborated, wrong) {
            (0, 0) => Err(Unproven::Copied),
            _ if corroborated > 0 && corroborated >= wrong => self.docket.turn(statement),
            _ => Err(Unproven::Uncorroborated { corroborated, first: corroborated + wrong }),
        }
    }

    /// What is right of what a statement says, and how much speaks against it.
    fn weigh(&self, statement: &Statement) -> Weighed {
        let (right, others): (Vec<_>, Vec<_>) =
            statement.networks().partition(|network| self.is_corroborated(*network, statement));
        let wrong = others.into_iter().filter(|network| !self.is_named_by_believed(*network, statement));
        Weighed { right, wrong: wrong.count() }
    }

    /// Whether anything of it is corroborated: most of what a crowd says is not, and that is soon seen.
    fn may_be_right(&self, post: PostId) -> bool {
        let statement = self.docket.statement(post);
        statement.is_some_and(|said| said.networks().any(|network| self.is_corroborated(network, said)))
    }

    fn may_be_praised(&self, reporter: &PeerKey) -> bool {
        let belief = self.docket.belief(reporter);
        !self.docket.is_me(reporter) && matches!(belief, Ok(_) | Err(Doubt::LowKarma { .. }))
    }

    /// Whether somebody who is to be taken seriously named it before the statement did. A crowd that names half the
    /// internet takes nobody's merit: others who are not believed must have been right with half of what they said.
    fn is_named_before(&mut self, network: IpNetwork, statement: &Statement) -> bool {
        let Some(about) = self.docket.about(network) else { return false };
        let earlier = |other: &&Arc<Statement>| self.is_earlier(other, statement);
        let of_believed = about.believed().iter().any(|other| earlier(&other));
        let others: Vec<_> = about.others().iter().filter(earlier).collect();
        of_believed
            || others
                .into_iter()
                .any(|other| other.reporter == statement.reporter || self.is_mostly_right(other))
    }

    /// Whether a believed reporter named it before: what nobody bears out then is not held against who repeats it.
    fn is_named_by_believed(&self, network: IpNetwork, statement: &Statement) -> bool {
        let about = self.docket.about(network);
        let mut believed = about.into_iter().flat_map(About::believed);
        believed.any(|other| other.reporter != statement.reporter && self.is_earlier(other, statement))
    }

    /// Whether the other was first. Within one second, which is all that the ledger tells, a believed reporter was: who copies
    /// it is as quick as that. Accomplices, and whoever says it twice, share one merit.
    fn is_earlier(&self, other: &Statement, statement: &Statement) -> bool {
        let is_first = match other.posted.cmp(&statement.posted) {
            Ordering::Less => true,
            Ordering::Equal if other.reporter == statement.reporter => other.post < statement.post,
            Ordering::Equal => {
                let is_believed = |said: &Statement| self.docket.voice(&said.reporter).is_some();
                match (is_believed(other), is_believed(statement)) {
                    (true, true) | (false, true) => false,
                    (true, false) => true,
                    (false, false) => other.post < statement.post,
                }
            }
            Ordering::Greater => false,
        };
        is_first && self.are_near(other.posted, statement.posted)
    }

    /// Whether who said it may have earned a like by it: what then comes later does not.
    fn is_mostly_right(&mut self, statement: &Statement) -> bool {
        if let Some(known) = self.mostly_right.get(&statement.post) {
            return *known;
        }
        let Weighed { right, wrong } = self.weigh(statement);
        let is_right = !right.is_empty() && right.len() >= wrong;
        self.mostly_right.insert(statement.post, is_right);
        is_right
    }

    /// Whether this agent saw it itself, or enough believed reporters besides the statement's own say so. Among a few
    /// friends, where one word is enough, that of a believed reporter is.
    fn is_corroborated(&self, network: IpNetwork, statement: &Statement) -> bool {
        let docket = self.docket;
        if docket.seen(network).is_some_and(|at| self.are_near(at, statement.posted)) {
            return true;
        }
        let needed = docket.needed();
        if needed == 1 && docket.voice(&statement.reporter).is_some() {
            return true;
        }
        let Some(about) = docket.about(network) else { return false };
        let others = about.believed().iter().filter(|other| {
            other.reporter != statement.reporter
                && !docket.is_me(&other.reporter)
                && self.are_near(other.posted, statement.posted)
        });
        let others: HashSet<PeerKey> = others.map(|other| other.reporter).collect();
        others.len() >= needed
    }

    /// Whether the one supports the other.
    fn are_near(&self, one: Timestamp, other: Timestamp) -> bool {
        one.duration_since(other).abs() <= self.docket.policy().max_age
    }
}
