//! Whether a post is listened to: by its reporter, and by its age.

use jiff::{SignedDuration, Timestamp};

use super::{Belief, Doubt, Member, Policy};
use crate::domain::{Peer, PeerKey, Post};

/// How far ahead of our clock a post's timestamp may be: ledger time is the cluster's estimate, not a clock.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// What may be done with a post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Fetch the log and verify it: the reporter's word counts.
    Apply(Belief),
    /// Fetch the log as far as there is time, and compare it with what others say: it blocks nobody.
    Watch(Doubt),
    /// Nothing will come of this post.
    Reject(Doubt),
}

/// Judges a post by its reporter and its age.
pub fn judge(post: &Post, reporter: Option<&Peer>, policy: &Policy, me: &PeerKey, now: Timestamp) -> Verdict {
    if post.owner == *me {
        return Verdict::Reject(Doubt::Own);
    }
    if post.retracted {
        return Verdict::Reject(Doubt::Retracted);
    }
    let belief = policy.belief(&post.owner, reporter.map(Member::from));
    match (belief, doubt_about_time(post.timestamp, policy, now)) {
        (Err(doubt @ Doubt::Banned), _) | (_, Some(doubt)) => Verdict::Reject(doubt),
        (Ok(belief), None) => Verdict::Apply(belief),
        (Err(doubt @ Doubt::LowKarma { .. }), None) => Verdict::Watch(doubt),
        (Err(doubt), None) => Verdict::Reject(doubt),
    }
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
    use crate::{
        domain::{FileHash, Karma, PeerKey, PostId},
        trust::Quorum,
    };
    use std::collections::BTreeSet;

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
            min_reporters: Quorum::Auto,
            lasts: SignedDuration::from_hours(4),
            pinned: BTreeSet::new(),
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
        let pinned = Policy { pinned: [REPORTER].into(), ..policy() };
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
