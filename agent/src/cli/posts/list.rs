//! `posts list`: the newest posts.

use clap::Args;
use serde::Serialize;

use super::{standing, verdict};
use crate::{
    cli::{
        Exit, Options,
        options::unexpected,
        output::{Style, Table},
    },
    control::{Answer, PostView, Request},
};

/// List the posts that this agent has seen, newest first
///
/// Fields in a pipe: post, made, reporter, likes when it was seen, verdict (own, retired,
/// applied, waiting, heard, watched, rejected or failed), why, and what it comes to now.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// How many at the most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

#[derive(Debug, Serialize)]
struct Listing {
    posts: Vec<PostView>,
}

impl List {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Posts(posts) = options.ask(&Request::Posts { limit: self.limit })? else {
            return Err(unexpected());
        };
        let listing = Listing { posts };
        options.output().show(&listing, |style| table(&listing.posts, style))?;
        Ok(Exit::Ok)
    }
}

fn table(posts: &[PostView], style: &Style) -> Table {
    let mut table = Table::new(["post", "made", "reporter", "likes", "verdict", "why"]);
    for PostView { record, now } in posts {
        let (verdict, why) = verdict(record);
        table.row([
            record.post.id.to_string(),
            style.time(record.post.timestamp),
            style.short(record.post.owner),
            record.post.likes.to_string(),
            verdict.to_owned(),
            now.map_or_else(|| why.clone(), |now| format!("{why}; {}", standing(now))),
        ]);
    }
    table
}
