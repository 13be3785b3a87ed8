//! Who says what about whom.

mod standing;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{
    Belief, Decision, Doubt, Member, Policy, Ruling, Statement, Unproven, Word,
    about::About,
    draw::is_newcomers,
    members::Members,
    ruling::{Voice, last_of_quorum},
    shelf::Shelf,
    sightings::Sightings,
};
use crate::domain::{PeerKey, PostId};

/// Accusations of believed reporters that are remembered at the most, some 100 bytes each.
const MAX_BELIEVED: usize = 200_000;
/// The same of all others: a crowd of them crowds out only each other.
const MAX_OTHERS: usize = 50_000;

/// Networks that this agent saw itself, likewise.
const MAX_OWN: usize = 100_000;

/// Words that do not count which are shown of one network, the latest.
const MAX_SHOWN: usize = 64;

/// Networks whose rulings may be others now.
pub type Touched = BTreeSet<IpNetwork>;

/// Everything on which it depends whom other peers' posts block: what verified posts say, what this agent saw itself, what
/// the ledger says of the reporters, and the policy.
///
/// A ruling follows from these alone, not from the order in which they came, so it can be made again at any time and
/// anywhere; and whatever is taken away leaves what would be there without it. Each change names the networks whose rulings
/// it may have changed, and costs no more than those.
///
/// Memory is bounded: the newest 200,000 accusations of believed reporters, 50,000 of others, and 100,000 networks that this
/// agent saw itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docket {
    policy: Policy,
    members: Members,
    statements: HashMap<PostId, Arc<Statement>>,
    about: HashMap<IpNetwork, About>,
    by_reporter: HashMap<PeerKey, BTreeSet<PostId>>,
    own: Sightings,
    /// What this agent liked already, of what is remembered.
    praised: HashSet<PostId>,
    believed: Shelf,
    others: Shelf,
}

impl Docket {
    /// Nobody has said anything yet; `me` is this agent.
    #[must_use]
    pub fn new(policy: Policy, me: PeerKey) -> Self {
        Self::with_room(policy, me, (MAX_BELIEVED, MAX_OTHERS))
    }

    /// The same with room for so many accusations of believed reporters and of others.
    #[must_use]
    pub fn with_room(policy: Policy, me: PeerKey, (believed, others): (usize, usize)) -> Self {
        Self {
            policy,
            members: Members::new(me),
            statements: HashMap::new(),
            about: HashMap::new(),
            by_reporter: HashMap::new(),
            own: Sightings::new(MAX_OWN),
            praised: HashSet::new(),
            believed: Shelf::new(believed),
            others: Shelf::new(others),
        }
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What a post says, while it is remembered.
    #[must_use]
    pub fn statement(&self, post: PostId) -> Option<&Arc<Statement>> {
        self.statements.get(&post)
    }

    /// What is said about a network.
    pub(super) fn about(&self, network: IpNetwork) -> Option<&About> {
        self.about.get(&network)
    }

    /// When this agent saw a network attack itself, the last time.
    #[must_use]
    pub fn seen(&self, network: IpNetwork) -> Option<Timestamp> {
        self.own.of(network)
    }

    /// All networks about which there are words.
    #[must_use]
    pub fn networks(&self) -> Touched {
        self.about.keys().copied().collect()
    }

    /// Why a reporter is believed.
    ///
    /// # Errors
    /// Why it is not.
    pub fn belief(&self, reporter: &PeerKey) -> Result<Belief, Doubt> {
        self.policy.belief(reporter, self.members.of(reporter))
    }

    /// What the ledger says of a peer, as far as it was told; nothing of who is no peer.
    #[must_use]
    pub fn member(&self, peer: &PeerKey) -> Option<Member> {
        self.members.of(peer)
    }

    /// Whether the ledger's peers were ever told.
    #[must_use]
    pub fn knows_anybody(&self) -> bool {
        !self.members.is_empty()
    }

    /// How many words it takes.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.policy.min_reporters.needed(self.members.believed())
    }

    /// Whether it is up to this agent to like what a statement deserves: anybody's of a reporter that was believed when this
    /// agent heard it, and of a newcomer what the draw says. That does not change when the newcomer is believed, so that what
    /// made it so is not liked by all others too.
    pub(super) fn turn(&self, statement: &Statement) -> Result<(), Unproven> {
        let is_pinned = matches!(self.voice(&statement.reporter), Some(Voice::Pinned(_)));
        if is_pinned || !is_newcomers(statement.karma) {
            return Ok(());
        }
        self.members.draw(&statement.reporter, statement.post)
    }

    /// Whether a reporter is this agent.
    pub(super) fn is_me(&self, reporter: &PeerKey) -> bool {
        reporter == self.members.me()
    }

    /// Takes note of what a verified post says, in the place of what it said before. Words that do not count touch no
    /// ruling.
    pub fn hear(&mut self, statement: Statement) -> Touched {
        let was_praised = self.is_praised(statement.post);
        let mut touched = self.withdraw(statement.post);
        if was_praised {
            self.praised.insert(statement.post);
        }
        let statement = Arc::new(statement.in_order());
        let gone = self.shelf_of(&statement.reporter).put(statement.age(), statement.accused().len());
        if !gone.contains(&statement.post) {
            if self.counts(&statement.reporter) {
                touched.extend(statement.networks());
            }
            self.enter(statement);
        }
        for post in gone {
            touched.extend(self.withdraw(post));
        }
        touched
    }

    /// Forgets what a post says: it was taken back.
    pub fn withdraw(&mut self, post: PostId) -> Touched {
        self.praised.remove(&post);
        let Some(statement) = self.statements.remove(&post) else { return Touched::new() };
        self.shelf_of(&statement.reporter).take(statement.age(), statement.accused().len());
        if let Some(posts) = self.by_reporter.get_mut(&statement.reporter) {
            posts.remove(&post);
            if posts.is_empty() {
                self.by_reporter.remove(&statement.reporter);
            }
        }
        for network in statement.networks() {
            if let Some(about) = self.about.get_mut(&network) {
                about.take(&statement);
                if about.is_empty() {
                    self.about.remove(&network);
                }
            }
        }
        statement.networks().collect()
    }

    /// Takes note that this agent saw an attack itself.
    pub fn see(&mut self, network: IpNetwork, at: Timestamp) -> Touched {
        self.own.note(network, at);
        Touched::from([network])
    }

    /// Whether this agent liked a post already.
    #[must_use]
    pub fn is_praised(&self, post: PostId) -> bool {
        self.praised.contains(&post)
    }

    /// Takes note that this agent likes a post.
    pub(super) fn remember_praise(&mut self, post: PostId) {
        if self.statements.contains_key(&post) {
            self.praised.insert(post);
        }
    }

    /// Forgets every word about a network, since the operator lets it go; what is said later counts.
    pub fn dismiss(&mut self, network: IpNetwork) {
        self.about.remove(&network);
        self.own.forget(network);
    }

    /// Forgets what is too old to matter. No ruling in force depends on it.
    pub fn forget(&mut self, now: Timestamp) {
        let before = now.saturating_sub(self.policy.memory()).unwrap_or(Timestamp::MIN);
        while let Some(post) = self.believed.older_than(before).or_else(|| self.others.older_than(before)) {
            // Whom it accused is blocked no longer because of it.
            let _ = self.withdraw(post);
        }
        self.own.forget_before(before);
    }

    /// The wall clock was set by so much.
    pub fn clock_set(&mut self, by: SignedDuration) {
        self.own.clock_set(by);
    }

    /// What all words about a network come to.
    #[must_use]
    pub fn ruling(&self, network: IpNetwork) -> Ruling {
        let (needed, own, within) = (self.needed(), self.seen(network), self.policy.max_age);
        let words = self.words(network);
        let counting = words.iter().filter_map(|word| Some((word.posted, self.voice(&word.reporter)?)));
        let mut voices: Vec<_> = counting.chain(own.map(|at| (at, Voice::Own))).collect();
        voices.sort_by_key(|(at, _)| *at);
        let decision = match last_of_quorum(&voices, within, needed) {
            Ok(last) => {
                let until = last.saturating_add(self.policy.lasts).unwrap_or(Timestamp::MAX);
                Decision::Block { last, until }
            }
            Err(words) => Decision::Wait { words },
        };
        Ruling { network, needed, own, words, decision, within }
    }

    /// All that counts is said by others about a network, and the latest of what does not, the oldest first.
    fn words(&self, network: IpNetwork) -> Vec<Word> {
        let Some(about) = self.about(network) else { return Vec::new() };
        let believed = about.believed().iter().filter(|said| !self.is_me(&said.reporter));
        let others = about.others().iter().rev().take(MAX_SHOWN);
        let mut said: Vec<&Arc<Statement>> = believed.chain(others).collect();
        said.sort_by_key(|said| said.age());
        said.into_iter().map(|said| Word::new(said, network, self.belief(&said.reporter))).collect()
    }

    /// How a reporter's words count; none when they do not.
    pub(super) fn voice(&self, reporter: &PeerKey) -> Option<Voice> {
        self.belief(reporter).ok().map(|belief| match belief {
            Belief::Trusted { .. } => Voice::Pinned(*reporter),
            Belief::Karma { .. } => Voice::Peer(*reporter),
        })
    }

    fn enter(&mut self, statement: Arc<Statement>) {
        let is_believed = self.counts(&statement.reporter);
        for network in statement.networks() {
            self.about.entry(network).or_default().put(&statement, is_believed);
        }
        self.by_reporter.entry(statement.reporter).or_default().insert(statement.post);
        self.statements.insert(statement.post, statement);
    }

    /// Whether a reporter's statements are kept among those that count.
    fn counts(&self, reporter: &PeerKey) -> bool {
        self.is_me(reporter) || self.voice(reporter).is_some()
    }

    /// Where a reporter's statements have room.
    fn shelf_of(&mut self, reporter: &PeerKey) -> &mut Shelf {
        if self.counts(reporter) { &mut self.believed } else { &mut self.others }
    }
}
