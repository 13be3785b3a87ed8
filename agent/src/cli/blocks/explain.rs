//! `blocks explain`: the chain of proof behind a block.

use std::net::IpAddr;

use clap::Args;

use crate::{
    cli::{
        Exit, Options,
        options::unexpected,
        output::{Style, Tree},
    },
    control::{Answer, BlockView, Explanation, Request},
    domain::{LogId, Origin, Reason},
    record::{PostRecord, PostState},
};

/// Explain why an address is blocked, or why not: reasons, posts, reporters, log lines
///
/// Exit code 4 when the address is not blocked.
#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// The address
    address: IpAddr,
}

impl Explain {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Explanation(found) = options.ask(&Request::Explain { address: self.address })? else {
            return Err(unexpected());
        };
        options.output().show(&found, |style| tree(&found, style))?;
        Ok(if found.blocks.is_empty() { Exit::NotFound } else { Exit::Ok })
    }
}

fn tree(found: &Explanation, style: &Style) -> Tree {
    let blocked = if found.blocks.is_empty() { "not blocked" } else { "blocked" };
    let blocks = found.blocks.iter().map(|block| block_tree(block, &found.posts, style));
    Tree::new(format!("{} is {blocked}", found.address))
        .with_all(blocks)
        .with_all(lines_tree(&found.lines))
        .with_all(found.protected.as_ref().map(|rule| Tree::new(protection(rule, found))))
}

/// The guard was asked as if a peer accused the address: what is blocked all the same has a better reason.
fn protection(rule: &str, found: &Explanation) -> String {
    if found.blocks.is_empty() { rule.to_owned() } else { format!("on a peer's word alone, {rule}") }
}

fn lines_tree(lines: &[String]) -> Option<Tree> {
    let proof = Tree::new("log lines that accuse it").with_all(lines.iter().map(Tree::new));
    (!lines.is_empty()).then_some(proof)
}

fn block_tree(block: &BlockView, posts: &[PostRecord], style: &Style) -> Tree {
    let BlockView { network, source, .. } = block;
    let (since, until) = (style.time(block.since), style.time(block.until));
    Tree::new(format!("{network} is dropped ({}), since {since}, until {until}", source.as_str()))
        .with_all(block.reasons.iter().map(|reason| reason_tree(reason, posts, style)))
}

fn reason_tree(reason: &Reason, posts: &[PostRecord], style: &Style) -> Tree {
    let when = format!("since {}, until {}", style.time(reason.since), style.time(reason.until));
    let events = reason.events;
    match &*reason.origin {
        Origin::Local { detector, service } => {
            Tree::new(format!("local: {detector} counted {events} events of {service}, {when}"))
                .with_all(reason.log.map(|log| local_proof(log, posts, style)))
        }
        Origin::Peer { post, reporter, karma, file_hash } => {
            let record = posts.iter().find(|record| record.post.id == *post);
            Tree::new(format!("peer: a malicious log shows {events} events, {when}"))
                .with(Tree::new(format!("reporter {reporter}, karma {karma} at the time")))
                .with(Tree::new(format!("file hash {file_hash}")))
                .with(
                    record
                        .map_or_else(|| Tree::new(format!("post {post}")), |record| post_tree(record, style)),
                )
        }
        Origin::Manual { comment } if comment.is_empty() => {
            Tree::new(format!("manual: by the operator, {when}"))
        }
        Origin::Manual { comment } => Tree::new(format!("manual: by the operator, {when}: {comment}")),
    }
}

fn local_proof(log: LogId, posts: &[PostRecord], style: &Style) -> Tree {
    match posts.iter().find(|record| record.post.file_hash.log_id() == log) {
        Some(record) => {
            let hash = format!("file hash {}", record.post.file_hash);
            Tree::new(format!("malicious log {log}")).with(Tree::new(hash)).with(post_tree(record, style))
        }
        None => Tree::new(format!("malicious log {log}")),
    }
}

fn post_tree(record: &PostRecord, style: &Style) -> Tree {
    let post = &record.post;
    let made = style.time(post.timestamp);
    let decision = match &record.state {
        PostState::Own { tx } => tx.map(|tx| format!("transaction {tx}")),
        PostState::Applied { belief, .. } => Some(format!("believed, as {belief}")),
        PostState::Watched { .. } | PostState::Rejected { .. } | PostState::Failed { .. } => None,
    };
    Tree::new(format!("post {}, made {made}", post.id))
        .with(Tree::new(format!("log {}", post.log_url)))
        .with_all(decision.map(Tree::new))
}

#[cfg(test)]
mod tests;
