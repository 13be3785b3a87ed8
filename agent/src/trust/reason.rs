//! Why a reporter is believed or not, each as a sentence.

use serde::{Deserialize, Serialize};

use crate::domain::Karma;

/// Why a reporter is believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Belief {
    /// The operator pinned the reporter.
    #[error("the reporter is trusted by this operator (karma {karma})")]
    Trusted {
        /// The reporter's karma now.
        karma: Karma,
    },
    /// The reporter's karma is enough.
    #[error("the reporter's karma is {karma}, at least {needed} is needed")]
    Karma {
        /// The reporter's karma now.
        karma: Karma,
        /// The policy's threshold.
        needed: Karma,
    },
}

impl Belief {
    /// The reporter's karma when the decision was made.
    #[must_use]
    pub fn karma(&self) -> Karma {
        match self {
            Self::Trusted { karma } | Self::Karma { karma, .. } => *karma,
        }
    }
}

/// Why a post is not applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Doubt {
    /// This agent's own post.
    #[error("it is this agent's own post")]
    Own,
    /// The operator banned the reporter.
    #[error("the reporter is banned by this operator")]
    Banned,
    /// The ledger does not know the reporter.
    #[error("the reporter is no peer on the ledger")]
    Unknown,
    /// The reporter left the network.
    #[error("the reporter is not active on the ledger")]
    Inactive,
    /// The evidence is old.
    #[error("the post is {age_seconds} s old, at most {allowed_seconds} s are allowed")]
    TooOld {
        /// Age of the post, in seconds.
        age_seconds: i64,
        /// The policy's limit, in seconds.
        allowed_seconds: i64,
    },
    /// The post claims to come from the future.
    #[error("the post is dated {ahead_seconds} s in the future")]
    FromTheFuture {
        /// How far ahead of our clock, in seconds.
        ahead_seconds: i64,
    },
    /// The reporter took it back.
    #[error("the reporter took it back")]
    Retracted,
    /// The reporter's karma is too low.
    #[error("the reporter's karma is {karma}, at least {needed} is needed")]
    LowKarma {
        /// The reporter's karma now.
        karma: Karma,
        /// The policy's threshold.
        needed: Karma,
    },
}
