use super::*;
use crate::{
    cli::output::{Format, Render, tests::style},
    domain::{FileHash, Karma, PeerKey, Post, PostId, SourceClass, TxId},
    trust::Belief,
};

const SINCE: &str = "2026-11-23T03:57:00Z";
const UNTIL: &str = "2026-11-23T08:00:00Z";

fn reason(origin: Origin) -> Reason {
    Reason {
        origin: origin.into(),
        events: 5,
        log: Some(FileHash::of(b"abc").log_id()),
        since: SINCE.parse().unwrap(),
        until: UNTIL.parse().unwrap(),
    }
}

fn explanation(reasons: Vec<Reason>, posts: Vec<PostRecord>) -> Explanation {
    let block = BlockView {
        network: "203.0.113.7/32".parse().unwrap(),
        source: SourceClass::Peer,
        reasons,
        since: SINCE.parse().unwrap(),
        until: UNTIL.parse().unwrap(),
    };
    Explanation {
        address: "203.0.113.7".parse().unwrap(),
        blocks: vec![block],
        posts,
        lines: vec!["sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2".to_owned()],
        protected: None,
    }
}

fn record(state: PostState) -> PostRecord {
    PostRecord {
        post: Post {
            id: PostId([2; 32]),
            owner: PeerKey([1; 32]),
            log_url: "https://a.example:9000/logs/00".to_owned(),
            file_hash: FileHash::of(b"abc"),
            timestamp: SINCE.parse().unwrap(),
            likes: 3,
            cycle: 0,
            mirror_urls: vec![],
        },
        seen: SINCE.parse().unwrap(),
        state,
        liked: true,
    }
}

fn plain(found: &Explanation) -> String {
    let style = style(Format::Plain);
    tree(found, &style).render(&style)
}

#[test]
fn a_peers_block_is_traced_from_the_log_line_to_the_reporter() {
    let origin = Origin::Peer {
        post: PostId([2; 32]),
        reporter: PeerKey([1; 32]),
        karma: Karma(60),
        file_hash: FileHash::of(b"abc"),
    };
    let belief = Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let state = PostState::Applied { belief, blocked: vec![], refused: vec![] };
    let text = plain(&explanation(vec![reason(origin)], vec![record(state)]));
    assert_eq!(
        text,
        format!(
            "203.0.113.7 is blocked
  203.0.113.7/32 is dropped (peer), since {SINCE}, until {UNTIL}
    peer: a malicious log shows 5 events, since {SINCE}, until {UNTIL}
      reporter {}, karma 60 at the time
      file hash ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
      post {}, made {SINCE}
        log https://a.example:9000/logs/00
        believed, as the reporter's karma is 60, at least 50 is needed
  log lines that accuse it
    sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2
",
            PeerKey([1; 32]),
            PostId([2; 32])
        )
    );
}

#[test]
fn our_own_block_is_traced_to_the_transaction_that_published_it() {
    let origin = Origin::Local { detector: "sshd-bruteforce".to_owned(), service: "sshd".to_owned() };
    let tx = TxId([3; 64]);
    let own = record(PostState::Own { tx: Some(tx) });
    let text = plain(&explanation(vec![reason(origin)], vec![own]));
    assert!(text.contains("local: sshd-bruteforce counted 5 events of sshd"), "{text}");
    assert!(text.contains("malicious log ba7816bf8f01cfea\n"), "{text}");
    assert!(text.contains(&format!("transaction {tx}\n")), "{text}");
}

#[test]
fn an_address_that_is_protected_says_by_which_rule() {
    let found = Explanation {
        blocks: vec![],
        lines: vec![],
        protected: Some("127.0.0.1/32 is never blocked: 127.0.0.0/8 is loopback".to_owned()),
        ..explanation(vec![], vec![])
    };
    assert_eq!(
        plain(&found),
        "203.0.113.7 is not blocked\n  127.0.0.1/32 is never blocked: 127.0.0.0/8 is loopback\n"
    );
}
