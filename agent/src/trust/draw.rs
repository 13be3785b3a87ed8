//! Who likes a newcomer's post: a few peers, drawn by lot, so that no single post makes anybody believed.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::{Member, Unproven};
use crate::domain::{Karma, PeerKey, PostId};

/// Karma from which likes move others' karma, as networks are founded (`vote_min_karma`, docs/PROTOCOL.md). It is not the
/// operator's to set: the draw is the same for all.
const VOTES: Karma = Karma(50);
/// Peers that like a newcomer's post: fewer cost an honest newcomer more than 50 posts that others corroborate, more make trust
/// cheaper (`make sim-trust`, docs/TRUST.md). It takes five to lift anybody (`opinion_limit`, docs/PROTOCOL.md).
const DRAWN: usize = 8;

/// Whether the ledger counts a reporter of this karma no more than a newcomer.
pub(super) fn is_newcomers(karma: Karma) -> bool {
    karma < VOTES
}

/// The peers whose likes the ledger counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Voters(HashSet<PeerKey>);

impl Voters {
    /// Takes note of what the ledger says of a peer.
    pub(super) fn learn(&mut self, peer: PeerKey, member: Option<Member>) {
        if member.is_some_and(|member| member.active && !is_newcomers(member.karma)) {
            self.0.insert(peer);
        } else {
            self.0.remove(&peer);
        }
    }

    /// Whether it is up to `me` to like a post of this newcomer: of many, only a few do. All who know the same of the ledger draw
    /// the same ones, whatever their operators think of peers.
    ///
    /// Who is not drawn mostly knows after a few hashes; who is needs one for each voter, and then likes the post once.
    pub(super) fn draw(&self, me: &PeerKey, reporter: &PeerKey, post: PostId) -> Result<(), Unproven> {
        if self.0.len() - usize::from(self.0.contains(reporter)) <= DRAWN {
            return Ok(());
        }
        if !self.0.contains(me) {
            return Err(Unproven::NoVoice { needed: VOTES });
        }
        let own = lot(post, me);
        let before = self.0.iter().filter(|voter| *voter != reporter && lot(post, voter) < own);
        if before.take(DRAWN).count() < DRAWN { Ok(()) } else { Err(Unproven::NotDrawn { drawn: DRAWN }) }
    }
}

/// A peer's lot for a post: the lowest win.
fn lot(post: PostId, peer: &PeerKey) -> [u8; 32] {
    Sha256::new().chain_update(post.0).chain_update(peer.0).finalize().into()
}

impl FromIterator<(PeerKey, Member)> for Voters {
    fn from_iter<I: IntoIterator<Item = (PeerKey, Member)>>(members: I) -> Self {
        let mut voters = Self::default();
        members.into_iter().for_each(|(peer, member)| voters.learn(peer, Some(member)));
        voters
    }
}
