//! What a post may do here.
//!
//! Pure: (post, reporter, policy, now) -> [`Verdict`], always with the reason, so that every decision can be shown and
//! recomputed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::{Karma, Peer, PeerKey, Post};

/// How far ahead of our clock a post's timestamp may be: ledger time is the cluster's estimate, not a clock.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// This operator's rules for other peers' posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Karma from which a reporter is believed.
    pub min_karma: Karma,
    /// Hostile events that a log must show of an attacker.
    pub min_events: u32,
    /// Attackers taken from one post at the most.
    pub max_attackers: usize,
    /// Evidence older than this blocks nobody.
    pub max_age: SignedDuration,
    /// Always believed.
    pub trusted: BTreeSet<PeerKey>,
    /// Never believed.
    pub banned: BTreeSet<PeerKey>,
}

impl Policy {
    /// Whether posts of this peer would be applied, were they new.
    #[must_use]
    pub fn believes(&self, peer: &Peer) -> bool {
        matches!(self.standing(peer), Verdict::Apply(_))
    }

    /// What a post may do by its reporter alone.
    fn standing(&self, reporter: &Peer) -> Verdict {
        if self.banned.contains(&reporter.key) {
            return Verdict::Reject(Doubt::Banned);
        }
        let (karma, needed) = (reporter.karma, self.min_karma);
        if self.trusted.contains(&reporter.key) {
            return Verdict::Apply(Belief::Trusted { karma });
        }
        if !reporter.active {
            return Verdict::Reject(Doubt::Inactive);
        }
        if karma < needed {
            return Verdict::Watch(Doubt::LowKarma { karma, needed });
        }
        Verdict::Apply(Belief::Karma { karma, needed })
    }
}

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
    /// The reporter's karma is too low.
    #[error("the reporter's karma is {karma}, at least {needed} is needed")]
    LowKarma {
        /// The reporter's karma now.
        karma: Karma,
        /// The policy's threshold.
        needed: Karma,
    },
}

/// What may be done with a post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Fetch the log, verify it, block the attackers.
    Apply(Belief),
    /// Remember the post, block nobody because of it.
    Watch(Doubt),
    /// Nothing will come of this post.
    Reject(Doubt),
}

/// Judges a post by its reporter and its age.
pub fn judge(post: &Post, reporter: Option<&Peer>, policy: &Policy, me: &PeerKey, now: Timestamp) -> Verdict {
    if post.owner == *me {
        return Verdict::Reject(Doubt::Own);
    }
    if policy.banned.contains(&post.owner) {
        return Verdict::Reject(Doubt::Banned);
    }
    if let Some(doubt) = doubt_about_time(post.timestamp, policy, now) {
        return Verdict::Reject(doubt);
    }
    reporter.map_or(Verdict::Reject(Doubt::Unknown), |reporter| policy.standing(reporter))
}

fn doubt_about_time(posted: Timestamp, policy: &Policy, now: Timestamp) -> Option<Doubt> {
    let age = now.duration_since(posted);
    if age > policy.max_age {
        return Some(Doubt::TooOld { age_seconds: age.as_secs(), allowed_seconds: policy.max_age.as_secs() });
    }
    (-age > CLOCK_SLACK).then(|| Doubt::FromTheFuture { ahead_seconds: -age.as_secs() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FileHash, PostId};

    const ME: PeerKey = PeerKey([1; 32]);
    const REPORTER: PeerKey = PeerKey([2; 32]);

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn post(owner: PeerKey, age: i64) -> Post {
        Post {
            id: PostId([3; 32]),
            owner,
            log_url: "https://peer-a.example:9000/logs/00112233445566aa".into(),
            file_hash: FileHash([4; 32]),
            timestamp: now() - SignedDuration::from_secs(age),
            likes: 0,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: vec![],
        }
    }

    fn reporter(karma: u64, active: bool) -> Peer {
        Peer { key: REPORTER, active, karma: Karma(karma), endpoint: String::new(), joined: now() }
    }

    fn policy() -> Policy {
        Policy {
            min_karma: Karma(50),
            min_events: 3,
            max_attackers: 1000,
            max_age: SignedDuration::from_hours(24),
            trusted: BTreeSet::new(),
            banned: BTreeSet::new(),
        }
    }

    fn verdict(karma: u64, active: bool) -> Verdict {
        judge(&post(REPORTER, 1), Some(&reporter(karma, active)), &policy(), &ME, now())
    }

    #[test]
    fn karma_fifty_is_enough_and_forty_nine_is_not() {
        assert!(matches!(verdict(50, true), Verdict::Apply(Belief::Karma { .. })));
        assert!(matches!(verdict(49, true), Verdict::Watch(Doubt::LowKarma { .. })));
    }

    #[test]
    fn whoever_is_no_active_peer_is_rejected_whatever_its_karma() {
        assert_eq!(verdict(1000, false), Verdict::Reject(Doubt::Inactive));
        assert_eq!(judge(&post(REPORTER, 1), None, &policy(), &ME, now()), Verdict::Reject(Doubt::Unknown));
    }

    #[test]
    fn an_agent_does_not_apply_its_own_posts() {
        assert_eq!(judge(&post(ME, 1), None, &policy(), &ME, now()), Verdict::Reject(Doubt::Own));
    }

    #[test]
    fn a_pinned_peer_needs_no_karma_and_a_banned_one_has_no_use_for_it() {
        let pinned = Policy { trusted: [REPORTER].into(), ..policy() };
        let banned = Policy { banned: [REPORTER].into(), ..pinned.clone() };
        let judge = |policy: &Policy| judge(&post(REPORTER, 1), Some(&reporter(0, true)), policy, &ME, now());
        assert!(matches!(judge(&pinned), Verdict::Apply(Belief::Trusted { .. })));
        assert_eq!(judge(&banned), Verdict::Reject(Doubt::Banned));
    }

    #[test]
    fn old_evidence_and_evidence_from_the_future_block_nobody() {
        let judge = |age| judge(&post(REPORTER, age), Some(&reporter(99, true)), &policy(), &ME, now());
        assert!(matches!(judge(24 * 3600), Verdict::Apply(_)));
        assert!(matches!(judge(24 * 3600 + 1), Verdict::Reject(Doubt::TooOld { .. })));
        assert!(matches!(judge(-299), Verdict::Apply(_)));
        assert!(matches!(judge(-301), Verdict::Reject(Doubt::FromTheFuture { .. })));
    }
}
