use super::*;
use crate::{
    cli::output::{Format, Render, tests::style},
    control::Traffic,
    domain::{FileHash, Karma, Offence, PeerKey, Post, TxId},
    record::Witness,
    trust::Belief,
};

const SINCE: &str = "2026-11-23T03:57:00Z";
const UNTIL: &str = "2026-11-23T08:00:00Z";
const POST: PostId = PostId([2; 32]);
const TX: TxId = TxId([3; 64]);

fn reason(origin: Origin) -> Reason {
    Reason {
        origin: origin.into(),
        events: 5,
        log: Some(FileHash::of(b"abc").log_id()),
        since: SINCE.parse().unwrap(),
        until: UNTIL.parse().unwrap(),
    }
}

fn of_peer() -> Reason {
    reason(Origin::Peer {
        post: POST,
        reporter: PeerKey([1; 32]),
        karma: Karma(60),
        file_hash: FileHash::of(b"abc"),
    })
}

fn explanation(reason: Reason, state: PostState) -> Explanation {
    let block = BlockView {
        network: "203.0.113.7/32".parse().unwrap(),
        source: reason.origin.class(),
        reasons: vec![reason],
        since: SINCE.parse().unwrap(),
        until: UNTIL.parse().unwrap(),
    };
    Explanation {
        network: "203.0.113.7".parse().unwrap(),
        observe: false,
        blocks: vec![ExplainedBlock { block, offence: None, dropped: None }],
        posts: vec![record(state)],
        transactions: vec![TransactionView { post: POST, tx: Some(TX), trouble: None }],
        receipts: vec![receipt()],
        rulings: vec![],
        lines: vec!["sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2".to_owned()],
        protected: None,
    }
}

/// Of the log, which is kept.
fn receipt() -> Receipt {
    Receipt {
        file_hash: FileHash::of(b"abc"),
        bytes: 57,
        attacker_count: 3,
        stored: SINCE.parse().unwrap(),
        from: Witness::Own,
        evicted: None,
    }
}

fn applied() -> PostState {
    let belief = Belief::Karma { karma: Karma(60), needed: Karma(50) };
    PostState::Applied { belief, blocked: vec![], refused: vec![], waiting: vec![] }
}

fn record(state: PostState) -> PostRecord {
    PostRecord {
        post: Post {
            id: POST,
            owner: PeerKey([1; 32]),
            log_url: "https://a.example:9000/logs/00".to_owned(),
            file_hash: FileHash::of(b"abc"),
            timestamp: SINCE.parse().unwrap(),
            likes: 3,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: vec![],
        },
        seen: SINCE.parse().unwrap(),
        state,
        liked: true,
        disputed: None,
        is_dispute_queued: false,
    }
}

fn plain(found: &Explanation) -> String {
    let style = style(Format::Plain);
    tree(found, &style).render(&style)
}

#[test]
fn a_peers_block_is_traced_from_the_log_line_to_the_transaction() {
    assert_eq!(
        plain(&explanation(of_peer(), applied())),
        format!(
            "203.0.113.7 is blocked
  203.0.113.7/32 is dropped (peer), since {SINCE}, until {UNTIL}
    peer: a malicious log shows 5 events, since {SINCE}, until {UNTIL}
      reporter {}, karma 60 at the time
      file hash ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
      post {POST}, made {SINCE}
        log https://a.example:9000/logs/00
        believed, as the reporter's karma is 60, at least 50 is needed
        transaction {TX}
  log lines that accuse it
    sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2
",
            PeerKey([1; 32]),
        )
    );
}

#[test]
fn our_own_block_is_traced_to_the_transaction_that_published_it() {
    let origin =
        Origin::Local { detector: "sshd-bruteforce".to_owned(), service: "sshd".to_owned(), claimed: false };
    let text = plain(&explanation(reason(origin), PostState::Own { tx: Some(TX) }));
    assert!(text.contains("local: sshd-bruteforce counted 5 events of sshd"), "{text}");
    assert!(text.contains("malicious log ba7816bf8f01cfea\n"), "{text}");
    assert!(text.contains(&format!("transaction {TX}\n")), "{text}");
}

#[test]
fn of_a_log_that_was_evicted_the_receipt_is_shown() {
    let receipt = Receipt { evicted: Some(UNTIL.parse().unwrap()), ..receipt() };
    let expected = format!(
        "its log was evicted {UNTIL}: 57 bytes, hash {}, attackers it proved: 3\n",
        FileHash::of(b"abc")
    );
    let origin =
        Origin::Local { detector: "sshd-bruteforce".to_owned(), service: "sshd".to_owned(), claimed: false };
    for reason in [of_peer(), reason(origin)] {
        let gone = Explanation { receipts: vec![receipt.clone()], ..explanation(reason, applied()) };
        assert!(plain(&gone).contains(&expected), "{}", plain(&gone));
        let held = Explanation { receipts: vec![Receipt { evicted: None, ..receipt.clone() }], ..gone };
        assert!(!plain(&held).contains("evicted"), "{}", plain(&held));
    }
}

#[test]
fn of_a_peers_log_that_is_not_kept_here_the_command_is_shown_that_fetches_it() {
    let hash = FileHash::of(b"abc");
    let command = format!(
        "to fetch it: sentinel-agent evidence fetch https://a.example:9000/logs/00 --sha256 {hash}\n"
    );
    let never = Explanation { receipts: vec![], ..explanation(of_peer(), applied()) };
    let text = plain(&never);
    assert!(text.contains(&format!("      its log was not kept here\n        {command}")), "{text}");
    let evicted = Receipt { evicted: Some(UNTIL.parse().unwrap()), ..receipt() };
    let text = plain(&Explanation { receipts: vec![evicted], ..never.clone() });
    assert!(text.contains(&format!("attackers it proved: 3\n        {command}")), "{text}");
    let text = plain(&Explanation { receipts: vec![receipt()], ..never });
    assert!(!text.contains("fetch"), "{text}");
}

#[test]
fn a_ledger_that_is_down_hides_the_transaction_and_nothing_else() {
    let trouble = Some("the ledger at http://l cannot be reached".to_owned());
    let transactions = vec![TransactionView { post: POST, tx: None, trouble }];
    let text = plain(&Explanation { transactions, ..explanation(of_peer(), applied()) });
    assert!(text.contains("transaction unknown: the ledger at http://l cannot be reached\n"), "{text}");
    assert!(text.contains("karma 60 at the time") && text.contains("Failed password"), "{text}");
}

#[test]
fn who_came_back_and_what_was_dropped_is_told() {
    let mut found = explanation(of_peer(), applied());
    found.blocks[0].offence = Some(Offence { strikes: 3, until: UNTIL.parse().unwrap() });
    found.blocks[0].dropped = Some(Traffic { packets: 12, bytes: 720 });
    let text = plain(&found);
    assert!(text.contains("blocked for its attacks 3 times by now, each time for longer\n"), "{text}");
    assert!(text.contains("dropped so far: 12 packets, 720 bytes\n"), "{text}");
}

#[test]
fn an_agent_that_only_observes_claims_no_block() {
    let text = plain(&Explanation { observe: true, ..explanation(of_peer(), applied()) });
    assert!(text.starts_with("203.0.113.7 would be blocked; the agent only observes\n"), "{text}");
    assert!(text.contains("203.0.113.7/32 would be dropped (peer)"), "{text}");
}

#[test]
fn a_network_of_which_only_a_part_is_blocked_says_so() {
    let network = "203.0.113.0/24".parse().unwrap();
    let text = plain(&Explanation { network, ..explanation(of_peer(), applied()) });
    assert!(text.starts_with("203.0.113.0/24 is not blocked as a whole, only in part\n"), "{text}");
}

#[test]
fn an_address_that_is_protected_says_by_which_rule() {
    let found = Explanation {
        blocks: vec![],
        lines: vec![],
        protected: Some("127.0.0.1/32 is never blocked: 127.0.0.0/8 is loopback".to_owned()),
        ..explanation(of_peer(), applied())
    };
    assert_eq!(
        plain(&found),
        "203.0.113.7 is not blocked\n  127.0.0.1/32 is never blocked: 127.0.0.0/8 is loopback\n"
    );
}
