//! The same ledger with the real program in LiteSVM beside it: both must come to the same karma.

use std::collections::HashMap;

use sentinel_agent::domain::{FileHash, Karma, PeerKey, PostId};
use sentinel_interface::{Parameters, VerdictKind};
use solana_sdk::{pubkey::Pubkey, signature::Keypair, signer::Signer};

use super::ledger::{Ledger, Rules};
use crate::program::{Network, PARAMETERS};

/// The program, and the pure rules that predict it.
pub struct Svm {
    rules: Rules,
    network: Network,
    keys: HashMap<PeerKey, Keypair>,
    posts: HashMap<PostId, (Pubkey, Pubkey)>,
    clock: i64,
    compared: usize,
}

impl Svm {
    /// A network of peers with these keys, founded at `now`.
    #[must_use]
    pub fn new(seeds: &[[u8; 32]], now: i64) -> Self {
        let key = |seed: &[u8; 32]| {
            let key = Keypair::new_from_array(*seed);
            (PeerKey(key.pubkey().to_bytes()), key)
        };
        Self {
            rules: Rules::new(PARAMETERS, now),
            network: Network::founded(),
            keys: seeds.iter().map(key).collect(),
            posts: HashMap::new(),
            clock: now,
            compared: 0,
        }
    }

    /// How often both were compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.compared
    }

    fn wait_until(&mut self, now: i64) {
        if now > self.clock {
            self.network.wait(now - self.clock);
            self.clock = now;
        }
    }

    /// Holds the two together.
    fn compare(&mut self, peer: &PeerKey) {
        let found = self.network.karma(&Pubkey::from(peer.0));
        assert_eq!(self.rules.karma(peer), Karma(found), "the program and its rules disagree on {peer}");
        self.compared += 1;
    }
}

impl Ledger for Svm {
    fn join(&mut self, peer: PeerKey, granted: u64) {
        self.rules.join(peer, granted);
        let key = self.keys.get(&peer).expect("a peer of this network").insecure_clone();
        self.network.fund(&key.pubkey());
        let program = self.network.program;
        let endpoint = "https://peer.example:9000";
        if granted > 0 {
            let authority = self.network.authority.insecure_clone();
            let join = program.join_as_founder(&key.pubkey(), &authority.pubkey(), endpoint, granted);
            self.network.send(join, &[&key, &authority]).expect("the founder joins");
        } else {
            let join = program.join_network(&key.pubkey(), endpoint);
            self.network.send(join, &[&key]).expect("the newcomer joins");
        }
        self.compare(&peer);
    }

    fn post(&mut self, owner: PeerKey, log: FileHash, now: i64) -> PostId {
        self.wait_until(now);
        let id = self.rules.post(owner, log, now);
        let key = self.keys.get(&owner).expect("a peer of this network").insecure_clone();
        self.posts.insert(id, (key.pubkey(), self.network.publish(&key, log.0)));
        id
    }

    fn give(&mut self, kind: VerdictKind, voter: PeerKey, post: PostId, now: i64) -> bool {
        self.wait_until(now);
        let taken = self.rules.give(kind, voter, post, now);
        let key = self.keys.get(&voter).expect("a peer of this network").insecure_clone();
        let (owner, address) = *self.posts.get(&post).expect("a post of this network");
        let give = self.network.program.give(kind, &key.pubkey(), &owner, &address);
        let sent = self.network.send(give, &[&key]);
        assert_eq!(taken, sent.is_ok(), "the program and its rules disagree on a verdict: {sent:?}");
        self.compare(&PeerKey(owner.to_bytes()));
        taken
    }

    fn karma(&self, peer: &PeerKey) -> Karma {
        self.rules.karma(peer)
    }

    fn is_in_good_standing(&self, peer: &PeerKey) -> bool {
        self.rules.is_in_good_standing(peer)
    }

    fn parameters(&self) -> &Parameters {
        self.rules.parameters()
    }
}
