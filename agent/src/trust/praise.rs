//! What a post is worth a like for: it was right, and it was first.

use std::collections::{BTreeSet, HashMap, HashSet};

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{Docket, Doubt, Statement, Touched};
use crate::domain::{PeerKey, PostId};

/// Why a post gets no like, as far as it is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// Nothing is remembered of it.
    #[error("this agent does not remember what it says")]
    Forgotten,
    /// It is this agent's own, or its reporter is banned or no active peer.
    #[error("its reporter gets no likes from this agent")]
    Reporter,
    /// Others said all of it before.
    #[error("others had said before all that it says")]
    Copied,
    /// Too little of it is corroborated.
    #[error("{corroborated} of the {first} attackers that it was first to name are corroborated")]
    Uncorroborated {
        /// How many.
        corroborated: usize,
        /// Of so many.
        first: usize,
    },
}

impl Docket {
    /// Whether a post has earned a like: of the attackers that nobody named before it, at least half, and at least one, are
    /// corroborated without its reporter. A copy proves nothing about who made it, so it earns nothing.
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
        let (mut first, mut corroborated) = (0, 0);
        for network in statement.networks() {
            if !self.is_named_before(network, statement) {
                first += 1;
                corroborated += usize::from(self.is_corroborated(network, statement));
            }
        }
        match (first, corroborated) {
            (0, _) => Err(Unproven::Copied),
            _ if corroborated > 0 && corroborated * 2 >= first => Ok(()),
            _ => Err(Unproven::Uncorroborated { corroborated, first }),
        }
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
    /// internet takes nobody's merit: who is not believed must have been right with half of what it said.
    fn is_named_before(&mut self, network: IpNetwork, statement: &Statement) -> bool {
        let Some(about) = self.docket.about(network) else { return false };
        let is_earlier = |other: &Statement| {
            other.reporter != statement.reporter
                && other.posted < statement.posted
                && self.are_near(other.posted, statement.posted)
        };
        let of_believed = about.believed().iter().any(|other| is_earlier(other));
        let others: Vec<_> = about.others().iter().filter(|other| is_earlier(other)).collect();
        of_believed || others.into_iter().any(|other| self.is_mostly_right(other))
    }

    fn is_mostly_right(&mut self, statement: &Statement) -> bool {
        if let Some(known) = self.mostly_right.get(&statement.post) {
            return *known;
        }
        let right = statement.networks().filter(|network| self.is_corroborated(*network, statement)).count();
        let is_right = right > 0 && right * 2 >= statement.accused().len();
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
