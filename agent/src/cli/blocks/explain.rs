//! `blocks explain`: the chain of proof behind a block.

use clap::Args;
use ipnetwork::IpNetwork;

use crate::{
    cli::{
        Exit, Options,
        evidence::fetch_command,
        options::unexpected,
        output::{Style, Tree},
    },
    control::{Answer, BlockView, ExplainedBlock, Explanation, Request, TransactionView},
    domain::{LogId, Origin, PostId, Reason},
    record::{PostRecord, PostState, Receipt},
    trust::Ruling,
};

/// Explain why an address or a network is blocked, or why not: reasons, log lines, posts, transactions, reporters
///
/// Of a network, the blocks inside it are explained too. Exit code 4 when nothing is blocked.
#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// The address or network
    network: IpNetwork,
}

impl Explain {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Explanation(found) = options.ask(&Request::Explain { network: self.network })? else {
            return Err(unexpected());
        };
        options.output().show(&found, |style| tree(&found, style))?;
        Ok(if found.blocks.is_empty() { Exit::NotFound } else { Exit::Ok })
    }
}

fn tree(found: &Explanation, style: &Style) -> Tree {
    let Explanation { posts, transactions, receipts, .. } = found;
    let proof = Proof { posts, transactions, receipts, style };
    let blocks = found.blocks.iter().map(|block| block_tree(block, found.observe, &proof));
    Tree::new(headline(found))
        .with_all(blocks)
        .with_all(found.rulings.iter().map(ruling_tree))
        .with_all(lines_tree(&found.lines))
        .with_all(found.protected.as_ref().map(|rule| Tree::new(protection(rule, found))))
}

fn headline(found: &Explanation) -> String {
    let Explanation { network, blocks, observe, .. } = found;
    let single = if network.is_ipv4() { 32 } else { 128 };
    let asked = if network.prefix() == single { network.ip().to_string() } else { network.to_string() };
    let is_covered = blocks.iter().any(|explained| explained.block.network.prefix() <= network.prefix());
    match (is_covered, blocks.is_empty(), observe) {
        (true, _, false) => format!("{asked} is blocked"),
        (true, _, true) => format!("{asked} would be blocked; the agent only observes"),
        (false, true, _) => format!("{asked} is not blocked"),
        (false, false, _) => format!("{asked} is not blocked as a whole, only in part"),
    }
}

/// The guard was asked as if a peer accused the address: what is blocked all the same has a better reason.
fn protection(rule: &str, found: &Explanation) -> String {
    if found.blocks.is_empty() { rule.to_owned() } else { format!("on a peer's word alone, {rule}") }
}

/// What everybody's words come to, those that do not count among them.
fn ruling_tree(ruling: &Ruling) -> Tree {
    let own = ruling.own.map(|_| Tree::new("this agent saw it itself"));
    Tree::new(format!("peers about {}: {ruling}", ruling.network))
        .with_all(own)
        .with_all(ruling.words.iter().map(|word| Tree::new(word.to_string())))
}

fn lines_tree(lines: &[String]) -> Option<Tree> {
    let proof = Tree::new("log lines that accuse it").with_all(lines.iter().map(Tree::new));
    (!lines.is_empty()).then_some(proof)
}

/// What the reasons refer to, and how to show it.
struct Proof<'a> {
    posts: &'a [PostRecord],
    transactions: &'a [TransactionView],
    receipts: &'a [Receipt],
    style: &'a Style,
}

fn block_tree(explained: &ExplainedBlock, observe: bool, proof: &Proof<'_>) -> Tree {
    let BlockView { network, source, since, until, reasons } = &explained.block;
    let (since, until) = (proof.style.time(*since), proof.style.time(*until));
    let verb = if observe { "would be" } else { "is" };
    Tree::new(format!("{network} {verb} dropped ({}), since {since}, until {until}", source.as_str()))
        .with_all(reasons.iter().map(|reason| reason_tree(reason, proof)))
        .with_all(history(explained))
        .with_all(explained.dropped.map(|dropped| {
            Tree::new(format!("dropped so far: {} packets, {} bytes", dropped.packets, dropped.bytes))
        }))
}

/// Who comes back is blocked for longer.
fn history(explained: &ExplainedBlock) -> Option<Tree> {
    let strikes = explained.offence.filter(|offence| offence.strikes > 1)?.strikes;
    Some(Tree::new(format!("blocked for its attacks {strikes} times by now, each time for longer")))
}

fn reason_tree(reason: &Reason, proof: &Proof<'_>) -> Tree {
    let style = proof.style;
    let when = format!("since {}, until {}", style.time(reason.since), style.time(reason.until));
    let events = reason.events;
    match &*reason.origin {
        Origin::Local { detector, service, claimed } => {
            let doubt = if *claimed { ", whose source may be forged" } else { "" };
            Tree::new(format!("local: {detector} counted {events} events of {service}{doubt}, {when}"))
                .with_all(reason.log.map(|log| local_proof(log, proof)))
        }
        Origin::Peer { post, reporter, karma, file_hash } => {
            Tree::new(format!("peer: a malicious log shows {events} events, {when}"))
                .with(Tree::new(format!("reporter {reporter}, karma {karma} at the time")))
                .with(Tree::new(format!("file hash {file_hash}")))
                .with_all(absence(*post, file_hash.log_id(), proof))
                .with(post_tree(*post, proof))
        }
        Origin::Manual { comment } if comment.is_empty() => {
            Tree::new(format!("manual: by the operator, {when}"))
        }
        Origin::Manual { comment } => Tree::new(format!("manual: by the operator, {when}: {comment}")),
    }
}

fn local_proof(log: LogId, proof: &Proof<'_>) -> Tree {
    let tree = Tree::new(format!("malicious log {log}")).with_all(eviction(log, proof));
    match proof.posts.iter().find(|record| record.post.file_hash.log_id() == log) {
        Some(record) => tree
            .with(Tree::new(format!("file hash {}", record.post.file_hash)))
            .with(post_tree(record.post.id, proof)),
        None => tree,
    }
}

/// What remains of a log that had to make room for others.
fn eviction(log: LogId, proof: &Proof<'_>) -> Option<Tree> {
    let receipt = proof.receipts.iter().find(|receipt| receipt.log() == log)?;
    let Receipt { file_hash, bytes, attacker_count, evicted, .. } = receipt;
    let evicted = proof.style.time((*evicted)?);
    Some(Tree::new(format!(
        "its log was evicted {evicted}: {bytes} bytes, hash {file_hash}, attackers it proved: {attacker_count}"
    )))
}

/// Why the log of a peer's post is not here, and how to get it: its reporter was a newcomer when this agent heard it, or it had
/// to make room.
fn absence(post: PostId, log: LogId, proof: &Proof<'_>) -> Option<Tree> {
    let was_kept = proof.receipts.iter().any(|receipt| receipt.log() == log);
    let absence = if was_kept { eviction(log, proof)? } else { Tree::new("its log was not kept here") };
    let record = proof.posts.iter().find(|record| record.post.id == post);
    let command = record.and_then(|record| fetch_command(&record.post));
    Some(absence.with_all(command.map(|command| Tree::new(format!("to fetch it: {command}")))))
}

fn post_tree(id: PostId, proof: &Proof<'_>) -> Tree {
    let tree = match proof.posts.iter().find(|record| record.post.id == id) {
        None => Tree::new(format!("post {id}")),
        Some(PostRecord { post, state, .. }) => {
            let belief = match state {
                PostState::Applied { belief, .. } => Some(Tree::new(format!("believed, as {belief}"))),
                _ => None,
            };
            Tree::new(format!("post {id}, made {}", proof.style.time(post.timestamp)))
                .with(Tree::new(format!("log {}", post.log_url)))
                .with_all(belief)
        }
    };
    tree.with_all(proof.transactions.iter().find(|view| view.post == id).map(transaction_tree))
}

fn transaction_tree(view: &TransactionView) -> Tree {
    Tree::new(match (&view.tx, &view.trouble) {
        (Some(tx), _) => format!("transaction {tx}"),
        (None, Some(trouble)) => format!("transaction unknown: {trouble}"),
        (None, None) => "transaction unknown".to_owned(),
    })
}

#[cfg(test)]
mod tests;
