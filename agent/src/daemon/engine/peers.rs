//! What other peers' posts bring about.

use std::{collections::BTreeSet, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{Engine, Outcome};
use crate::{
    detect::{FAILED_LOGIN, network_of},
    domain::{Census, Karma, MaliciousLog, Origin, Peer, PeerKey, Post, PostId, Reason, SourceClass},
    evidence::{Attacker, Verified},
    guard::{Refused, Rule},
    trust::{Accused, Attitude, Decision, Dispute, Event, Member, Ruling, Statement, Touched, Word},
};

impl Engine {
    /// Takes note of whom a verified log accuses strongly enough, and blocks those about whom there are words enough now.
    pub fn hear(
        &mut self,
        log: &Verified<MaliciousLog>,
        post: &Post,
        reporter: &Peer,
        now: Timestamp,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        self.learn(reporter.key, Some(reporter.into()), now, &mut outcome);
        let statement = self.statement(log, post, reporter.karma, now);
        let innocent = log.attackers().iter().find_map(|attacker| self.known_as_good(attacker));
        outcome.disputes.extend(innocent.map(|dispute| (post.id, dispute)));
        self.happened(Event::Heard(statement), now, &mut outcome);
        outcome
    }

    /// Takes note of what this agent itself has published.
    pub fn hear_own(&mut self, log: &Verified<MaliciousLog>, post: &Post, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        let statement = self.statement(log, post, Karma::default(), now);
        self.happened(Event::Heard(statement), now, &mut outcome);
        outcome
    }

    /// Forgets what a post says, since its reporter took it back.
    pub fn withdraw(&mut self, post: PostId, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        if self.docket.statement(post).is_some() {
            self.happened(Event::Withdrawn { post }, now, &mut outcome);
        }
        outcome
    }

    /// Takes note of all peers that the ledger knows.
    pub fn meet(&mut self, census: &Census, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        let is_first = !self.docket.knows_anybody();
        outcome.events = self.docket.news(census);
        let touched = self.docket.meet(census);
        // Until now nothing was decided anew.
        self.rule_on(if is_first { self.docket.networks() } else { touched }, now, &mut outcome);
        outcome
    }

    /// Changes what the operator thinks of a peer.
    pub fn regard(&mut self, peer: PeerKey, attitude: Option<Attitude>, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        let touched = self.docket.decide(|policy| policy.regard(peer, attitude));
        self.rule_on(touched, now, &mut outcome);
        outcome
    }

    /// Takes back what happened before a restart, the oldest first; nothing is decided by it.
    pub fn remember(&mut self, event: &Event) {
        let _ = self.docket.take(event);
    }

    /// Decides anew about everybody of whom anything is said: the policy may have changed while no agent ran.
    pub fn settle(&mut self, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        self.rule_on(self.docket.networks(), now, &mut outcome);
        outcome
    }

    /// The networks that a post accuses: those that are blocked, also by its word, and those that wait for more.
    #[must_use]
    pub fn came_of(&self, post: PostId) -> (Vec<IpNetwork>, Vec<IpNetwork>) {
        let Some(statement) = self.docket.statement(post) else { return Default::default() };
        let (blocked, others): (Vec<_>, Vec<_>) =
            statement.networks().partition(|network| self.is_blocked_by(*network, post));
        let waits =
            |network: &IpNetwork| matches!(self.docket.ruling(*network).decision, Decision::Wait { .. });
        (blocked, others.into_iter().filter(waits).collect())
    }

    fn is_blocked_by(&self, network: IpNetwork, word: PostId) -> bool {
        let block = self.blocks.get(network);
        let is_it = |reason: &Reason| matches!(&*reason.origin, Origin::Peer { post, .. } if *post == word);
        block.is_some_and(|block| block.reasons.iter().any(is_it))
    }

    /// Takes note of what the ledger says of one peer, also when it is as before of one that was not heard until now.
    fn learn(&mut self, peer: PeerKey, is: Option<Member>, now: Timestamp, outcome: &mut Outcome) {
        let was = self.docket.member(&peer);
        if was != is || !self.docket.has_heard(&peer) {
            self.happened(Event::Learned { peer, was, is }, now, outcome);
        }
    }

    /// Takes note of what happened, and decides anew what depends on it.
    pub(super) fn happened(&mut self, event: Event, now: Timestamp, outcome: &mut Outcome) {
        let touched = self.docket.take(&event);
        let heard = if let Event::Heard(statement) = &event { Some(statement.post) } else { None };
        outcome.events.push(event);
        self.rule_on(touched, now, outcome);
        self.praise(&Touched::new(), heard, outcome);
    }

    /// As long as nothing is known of the ledger's peers, nobody can be told from anybody.
    fn rule_on(&mut self, touched: Touched, now: Timestamp, outcome: &mut Outcome) {
        if !self.docket.knows_anybody() {
            return;
        }
        for network in &touched {
            self.rule(*network, now, outcome);
        }
        self.praise(&touched, None, outcome);
    }

    /// Brings the peers' reasons for a block in line with what their words come to. Each word is a reason for as long as a
    /// block lasts after it, so the block ends when it should after the last of them.
    fn rule(&mut self, network: IpNetwork, now: Timestamp, outcome: &mut Outcome) {
        let ruling = self.docket.ruling(network);
        let wanted = self.reasons_of(&ruling, now);
        let reasons = self.blocks.get(network).map(|block| block.reasons).unwrap_or_default();
        let (standing, gone): (Vec<_>, Vec<_>) = reasons
            .into_iter()
            .filter(|reason| reason.origin.class() == SourceClass::Peer)
            .partition(|reason| wanted.iter().any(|wanted| is_same(wanted, reason)));
        let new: Vec<Reason> = wanted
            .into_iter()
            .filter(|wanted| !standing.iter().any(|standing| is_same(wanted, standing)))
            .collect();
        if gone.is_empty() && new.is_empty() {
            return;
        }
        self.take_back(network, |origin| gone.iter().any(|gone| *gone.origin == *origin), outcome);
        let given = self.give(new, network, outcome);
        self.note_offence(network, now, outcome);
        if given || !gone.is_empty() {
            outcome.events.push(match ruling.decision {
                Decision::Block { until, .. } if given || !standing.is_empty() => {
                    Event::Blocked { network, until }
                }
                _ => Event::Released { network },
            });
        }
    }

    /// The reasons that words give for a block that is to be in force now.
    fn reasons_of(&self, ruling: &Ruling, now: Timestamp) -> Vec<Reason> {
        let lasts = self.policy().lasts;
        let reason = |word: &Word| {
            let Word { reporter, karma, post, file_hash, posted, events, .. } = *word;
            let origin = Arc::new(Origin::Peer { post, reporter, karma, file_hash });
            let until = posted.saturating_add(lasts).unwrap_or(Timestamp::MAX);
            Reason { origin, events, log: None, since: now, until }
        };
        ruling.proof().map(reason).filter(|reason| reason.until > now).collect()
    }

    /// Gives these reasons for a block; whether the guard let it through.
    fn give(&mut self, reasons: Vec<Reason>, network: IpNetwork, outcome: &mut Outcome) -> bool {
        for reason in reasons {
            match self.admit(network, SourceClass::Peer) {
                Ok(guarded) => self.block(guarded, reason, outcome),
                Err(refused) => {
                    outcome.refused.push(refused);
                    return false;
                }
            }
        }
        true
    }

    /// Likes whatever has earned it by now among what was heard and is said about these.
    fn praise(&mut self, touched: &Touched, heard: Option<PostId>, outcome: &mut Outcome) {
        for post in self.docket.praiseworthy(touched, heard) {
            let event = Event::Praised { post };
            let _ = self.docket.take(&event);
            outcome.events.push(event);
            outcome.likes.push(post);
        }
    }

    /// Why this operator knows better, if an attacker is one of those.
    fn known_as_good(&self, attacker: &Attacker) -> Option<Dispute> {
        let network = network_of(attacker.address, self.rules.ipv6_prefix);
        let Refused { network, rule } = self.guard.check(network, SourceClass::Local).err()?;
        let is_known = matches!(rule, Rule::Allowed(_) | Rule::OwnAddress(_) | Rule::Session(_));
        is_known.then(|| Dispute::Innocent { network, rule: rule.to_string() })
    }

    /// What a post says about whom, as far as it is to be taken seriously.
    fn statement(
        &self,
        log: &Verified<MaliciousLog>,
        post: &Post,
        karma: Karma,
        now: Timestamp,
    ) -> Statement {
        let accused = self.accused(log, now).into_iter();
        let accused = accused.map(|(network, attacker)| Accused { network, events: attacker.events });
        Statement::new(post.id, (post.owner, karma), post.file_hash, post.timestamp).about(accused.collect())
    }

    /// The networks that the log accuses strongly enough, each with the first attacker in it; as many as the policy takes
    /// from one log.
    fn accused<'l>(&self, log: &'l Verified<MaliciousLog>, now: Timestamp) -> Vec<(IpNetwork, &'l Attacker)> {
        let policy = self.policy();
        let enough = policy.min_events.saturating_mul(FAILED_LOGIN);
        let oldest = now.saturating_sub(policy.max_age).unwrap_or(Timestamp::MIN);
        let is_evidence = |attacker: &&Attacker| {
            attacker.points >= enough && attacker.last.is_none_or(|last| last >= oldest)
        };
        let attackers = log.attackers().iter().filter(is_evidence);
        let mut known = BTreeSet::new();
        attackers
            .map(|attacker| (network_of(attacker.address, self.rules.ipv6_prefix), attacker))
            .filter(|(network, _)| known.insert(*network))
            .take(policy.max_attackers)
            .collect()
    }
}

/// Whether two reasons are the same word's, for as long.
fn is_same(one: &Reason, other: &Reason) -> bool {
    one.origin == other.origin && one.until == other.until
}
