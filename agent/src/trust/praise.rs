//! What a post is worth a like for: it was right, and it was first.

use std::collections::HashSet;

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{Docket, Statement};
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
        let statement = self.statement(post).ok_or(Unproven::Forgotten)?;
        if !self.may_be_praised(&statement.reporter) {
            return Err(Unproven::Reporter);
        }
        let first: Vec<IpNetwork> =
            statement.networks().filter(|network| !self.is_named_before(*network, statement)).collect();
        if first.is_empty() {
            return Err(Unproven::Copied);
        }
        let corroborated = first.iter().filter(|network| self.is_corroborated(**network, statement)).count();
        let first = first.len();
        let is_borne_out = corroborated > 0 && corroborated * 2 >= first;
        if is_borne_out { Ok(()) } else { Err(Unproven::Uncorroborated { corroborated, first }) }
    }

    fn may_be_praised(&self, reporter: &PeerKey) -> bool {
        use super::Doubt::LowKarma;
        !self.is_me(reporter) && matches!(self.belief(reporter), Ok(_) | Err(LowKarma { .. }))
    }

    /// Whether somebody who is to be taken seriously named it before the statement did. A crowd that names half the
    /// internet takes nobody's merit: who is not believed must have been right with half of what it said.
    fn is_named_before(&self, network: IpNetwork, statement: &Statement) -> bool {
        let earlier = self.statements_about(network).iter().filter(|other| {
            other.reporter != statement.reporter
                && other.posted < statement.posted
                && self.are_near(other.posted, statement.posted)
        });
        let mut earlier = earlier;
        earlier.any(|other| {
            self.is_me(&other.reporter)
                || self.voice(&other.reporter).is_some()
                || self.is_mostly_right(other)
        })
    }

    fn is_mostly_right(&self, statement: &Statement) -> bool {
        let right = statement.networks().filter(|network| self.is_corroborated(*network, statement)).count();
        right > 0 && right * 2 >= statement.accused().len()
    }

    /// Whether this agent saw it itself, or enough believed reporters besides the statement's own say so. Among a few
    /// friends, where one word is enough, that of a believed reporter is.
    fn is_corroborated(&self, network: IpNetwork, statement: &Statement) -> bool {
        if self.seen(network).is_some_and(|at| self.are_near(at, statement.posted)) {
            return true;
        }
        let needed = self.needed();
        if needed == 1 && self.voice(&statement.reporter).is_some() {
            return true;
        }
        let others = self.statements_about(network).iter().filter(|other| {
            other.reporter != statement.reporter
                && self.are_near(other.posted, statement.posted)
                && self.voice(&other.reporter).is_some()
        });
        let others: HashSet<PeerKey> = others.map(|other| other.reporter).collect();
        others.len() >= needed
    }

    /// Whether the one supports the other.
    fn are_near(&self, one: Timestamp, other: Timestamp) -> bool {
        one.duration_since(other).abs() <= self.policy().max_age
    }
}
