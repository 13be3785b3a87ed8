//! `posts show`: one post, and what became of it here.

use clap::Args;

use super::verdict;
use crate::{
    cli::{
        Exit, Options,
        evidence::fetch_command,
        options::unexpected,
        output::{Style, Table, yes_or_no},
    },
    control::{Answer, PostDetails, Request},
    domain::{Post, PostId},
    record::{PostRecord, PostState, Receipt},
    trust::Ruling,
};

/// Show a post and what became of it here
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The post's address, as `posts list` shows it
    post: PostId,
}

impl Show {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Post(details) = options.ask(&Request::Post { id: self.post })? else {
            return Err(unexpected());
        };
        options.output().show(&details, |style| table(&details, style))?;
        Ok(Exit::Ok)
    }
}

fn table(details: &PostDetails, style: &Style) -> Table {
    let PostDetails { record, rulings, attacker_count, no_like, receipt } = details;
    let PostRecord { post, seen, state, liked, disputed, is_dispute_queued } = record;
    let (verdict, why) = verdict(record);
    let mut table = Table::pairs();
    table.pair("post", post.id);
    table.pair("reporter", post.owner);
    table.pair("made", style.time(post.timestamp));
    table.pair("cycle", post.cycle);
    table.pair("log", &post.log_url);
    for mirror in &post.mirrors {
        table.pair("mirror", &mirror.url);
    }
    table.pair("file hash", post.file_hash);
    evidence(&mut table, post, receipt.as_ref(), style);
    table.pair("likes", post.likes);
    table.pair("disputes", post.disputes);
    match no_like {
        Some(reason) if !liked => table.pair("liked by this agent", format!("no: {reason}")),
        _ => table.pair("liked by this agent", yes_or_no(*liked)),
    }
    if let Some(dispute) = disputed {
        table.pair("disputed by this agent", dispute);
        if !is_dispute_queued {
            table.pair("dispute sent", "no: enough of this reporter's posts were disputed that day");
        }
    }
    table.pair("decided", style.time(*seen));
    table.pair("verdict", verdict);
    table.pair("why", why);
    consequences(&mut table, state);
    for ruling in rulings {
        said(&mut table, ruling);
    }
    if rulings.len() < *attacker_count {
        table.pair("attackers not shown", attacker_count - rulings.len());
    }
    table
}

/// Whether the log can be looked into here, and how else.
fn evidence(table: &mut Table, post: &Post, receipt: Option<&Receipt>, style: &Style) {
    match receipt.map(|receipt| receipt.evicted) {
        Some(None) => return table.pair("log kept here", yes_or_no(true)),
        Some(Some(evicted)) => table.pair("log kept here", format!("no: evicted {}", style.time(evicted))),
        None => table.pair("log kept here", yes_or_no(false)),
    }
    if let Some(command) = fetch_command(post) {
        table.pair("to fetch it", command);
    }
}

/// What is decided about one whom the post names, and who said what.
fn said(table: &mut Table, ruling: &Ruling) {
    table.pair("attacker", format!("{}: {ruling}", ruling.network));
    for word in &ruling.words {
        table.pair("word", word);
    }
}

fn consequences(table: &mut Table, state: &PostState) {
    if let Some(tx) = state.made_by() {
        table.pair("transaction", tx);
    }
    if let PostState::Applied { blocked, refused, .. } = state {
        blocked.iter().for_each(|network| table.pair("blocked", network));
        refused.iter().for_each(|refusal| table.pair("refused", refusal));
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        cli::output::{Format, Render, tests::style},
        config::TrustSettings,
        domain::{FileHash, Karma, PeerKey, Post},
        record::Witness,
        trust::{Docket, Doubt},
    };

    fn post() -> Post {
        Post {
            id: PostId([2; 32]),
            owner: PeerKey([1; 32]),
            log_url: "https://a.example:9000/logs/00".to_owned(),
            file_hash: FileHash::of(b"abc"),
            timestamp: style(Format::Plain).now,
            likes: 0,
            disputes: 0,
            retracted: false,
            cycle: 4,
            mirrors: vec![],
        }
    }

    fn details(log_url: &str, rulings: Vec<Ruling>) -> PostDetails {
        let record = PostRecord {
            post: Post { log_url: log_url.to_owned(), ..post() },
            seen: style(Format::Plain).now,
            state: PostState::Watched { doubt: Doubt::LowKarma { karma: Karma(3), needed: Karma(50) } },
            liked: false,
            disputed: None,
            is_dispute_queued: false,
        };
        PostDetails { record, rulings, attacker_count: 0, no_like: None, receipt: None }
    }

    #[test]
    fn a_post_that_was_not_believed_says_why_and_its_url_cannot_command_the_terminal() {
        let style = style(Format::Plain);
        let text = table(&details("https://x/\x1b]0;owned\x07", vec![]), &style).render(&style);
        assert!(
            text.contains("verdict\twatched\nwhy\tthe reporter's karma is 3, at least 50 is needed\n"),
            "{text}"
        );
        assert!(text.contains("log\thttps://x/\\u{1b}]0;owned\\u{7}\n"), "{text}");
        assert!(text.contains("log kept here\tno\nlikes"), "no command fetches what no log can be: {text}");
    }

    #[test]
    fn what_is_decided_about_one_who_waits_for_more_words_reaches_the_command_line() {
        let policy = TrustSettings::default().policy(SignedDuration::from_hours(4));
        let ruling = Docket::new(policy, PeerKey([9; 32])).ruling("203.0.113.7/32".parse().unwrap());
        let told = serde_json::to_string(&details("https://a.example", vec![ruling.clone()])).unwrap();
        let heard: PostDetails = serde_json::from_str(&told).unwrap();
        assert_eq!(heard.rulings[0].decision, ruling.decision);
    }

    #[test]
    fn of_a_log_that_is_not_kept_here_the_command_is_shown_that_fetches_it() {
        let (style, post) = (style(Format::Plain), post());
        let shown = |receipt: Option<Receipt>| {
            let mut shown = Table::pairs();
            evidence(&mut shown, &post, receipt.as_ref(), &style);
            shown.render(&style)
        };
        let fetch = format!(
            "to fetch it\tsentinel-agent evidence fetch https://a.example:9000/logs/00 --sha256 {}\n",
            post.file_hash
        );
        assert_eq!(shown(None), format!("log kept here\tno\n{fetch}"));
        let (file_hash, stored, from) = (post.file_hash, style.now, Witness::Own);
        let kept = Receipt { file_hash, bytes: 57, attacker_count: 1, stored, from, evicted: None };
        assert_eq!(shown(Some(kept.clone())), "log kept here\tyes\n");
        let evicted = shown(Some(Receipt { evicted: Some(style.now), ..kept }));
        assert_eq!(evicted, format!("log kept here\tno: evicted {}\n{fetch}", style.time(style.now)));
    }
}
