//! Questions over a real socket to a daemon that only observes.

mod posting;
mod retracting;

use std::{collections::BTreeMap, path::Path};

use tempfile::TempDir;
use tokio::sync::watch;

use super::{
    blocks::tests::{engine, of_peer},
    *,
};
use crate::{
    config::Settings,
    control::{
        self, BlockQuery, Control, DraftPage, DraftQuery, DraftState, Entry, Expiry, Filter, MAX_ENTRIES,
        MAX_PAGE,
    },
    daemon::{
        clock::{Clock, Reading},
        outbox::Outbox,
        privacy::Privacy,
        reach::Memory,
    },
    domain::{FileHash, MaliciousLog, PostId},
    evidence,
    kernel::Links,
    record::{Receipt, Record, Witness},
    store::{
        LogStore,
        database::{self, Database},
    },
};

/// Of the log that accuses those who are blocked.
fn receipt() -> Receipt {
    let file_hash = FileHash([3; 32]);
    let from = Witness::Peer { reporter: PeerKey([1; 32]), post: PostId([1; 32]) };
    Receipt { file_hash, bytes: 57, attacker_count: 3, stored: Timestamp::UNIX_EPOCH, from, evicted: None }
}

/// A desk that answers at the socket in the folder, with these networks blocked. The log behind it was evicted.
async fn desk(networks: &[&str]) -> TempDir {
    desk_with(networks, &[]).await
}

/// The same, with these logs of its own.
async fn desk_with(networks: &[&str], own_logs: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let desk = Arc::new(desk_in(&folder, networks, own_logs).await);
    let control = Control::bind(&socket(folder.path())).unwrap();
    tokio::spawn(control.serve(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    }));
    folder
}

/// Such a desk that answers at no socket.
async fn desk_in(folder: &TempDir, networks: &[&str], own_logs: &[&str]) -> Desk {
    let mut engine = engine();
    for network in networks {
        engine.restore(network.parse().unwrap(), of_peer(1, 0)).unwrap();
    }
    let database = Database::open(&database::path_in(folder.path())).unwrap();
    let gone = Record::LogEvicted { id: receipt().log(), at: Timestamp::UNIX_EPOCH };
    database.record(vec![Record::LogStored(receipt()), gone]).durable().await.unwrap();
    let (_, links) = watch::channel(Links::default());
    let logs = Arc::new(LogStore::open(&folder.path().join("logs"), 1 << 20).unwrap());
    let outbox = Outbox::new(database.clone());
    let archive = Archive::new(logs, outbox.clone(), PeerKey([9; 32]));
    for text in own_logs {
        let log = MaliciousLog::new(text.as_bytes().to_vec()).unwrap();
        let hash = log.hash();
        archive.keep(evidence::verify(log, hash).unwrap(), Witness::Own).await.unwrap();
    }
    let purse = Arc::new(DailyPurse::open(database.clone(), 0).await.unwrap());
    let core = Core::new(engine, Clock::new(Reading::take(), Timestamp::MIN), None, database);
    Desk {
        core: Arc::new(core),
        viewer: Viewer {
            privacy: Privacy::new(&Settings::default(), links.clone(), Memory::open(folder.path())),
            posting: None,
        },
        guardian: Arc::new(Guardian::start(&Settings::default(), Vec::new(), BTreeMap::new(), links)),
        scope_of_peers: Scope::Inbound,
        archive,
        outbox,
        publisher: None,
        confirmation: Duration::ZERO,
        ledger: None,
        purse,
        configured: BTreeSet::new(),
        me: PeerKey([9; 32]),
        started: Timestamp::now(),
        reloaded: watch::channel(None).1,
        reload: Arc::default(),
        publishes: false,
        listen: Vec::new(),
        reach: ReachBoard::unreachable(),
        sources: Intake::new(1).0,
        reports: tokio::sync::mpsc::channel(1).0.downgrade(),
        facts: None,
        warnings: Warnings::default(),
    }
}

fn socket(folder: &Path) -> std::path::PathBuf {
    folder.join("control.sock")
}

async fn ask(folder: &TempDir, request: Request) -> Answer {
    let socket = socket(folder.path());
    tokio::task::spawn_blocking(move || control::ask(&socket, &request).unwrap()).await.unwrap()
}

fn entry(number: u32) -> Entry {
    let network = std::net::Ipv4Addr::from(0x0b00_0000 + number).to_string().parse().unwrap();
    Entry { network, expiry: Some(Expiry::In(3600)), comment: "a list".to_owned() }
}

#[tokio::test]
async fn what_was_blocked_in_chunks_is_listed_in_pages() {
    let folder = desk(&[]).await;
    let chunk = u32::try_from(MAX_ENTRIES).unwrap();
    for first in [0, chunk] {
        let entries: Vec<Entry> = (first..first + chunk).map(entry).collect();
        let Answer::Blocked(answer) =
            ask(&folder, Request::Block { entries, session: None, trial: false }).await
        else {
            panic!("another answer")
        };
        assert_eq!((answer.blocked.len(), answer.observe), (MAX_ENTRIES, true));
    }
    let mut listed = Vec::new();
    let mut query = BlockQuery { limit: usize::MAX, ..BlockQuery::default() };
    loop {
        let Answer::Blocks(page) = ask(&folder, Request::Blocks(query.clone())).await else { panic!() };
        assert!(page.blocks.len() <= MAX_PAGE);
        listed.extend(page.blocks.into_iter().map(|block| block.network));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert_eq!(listed, (0..2 * chunk).map(|number| entry(number).network).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_request_with_too_many_networks_is_refused_whole() {
    let folder = desk(&[]).await;
    let entries = vec![Entry { comment: String::new(), ..entry(1) }; MAX_ENTRIES + 1];
    let answer = ask(&folder, Request::Block { entries, session: None, trial: false }).await;
    assert!(matches!(answer, Answer::Failed(failure) if failure.message.contains("at most 5000")));
    let Answer::Blocks(page) = ask(&folder, Request::Blocks(BlockQuery::default())).await else { panic!() };
    assert_eq!(page.blocks, []);
}

#[tokio::test]
async fn what_is_let_go_is_no_longer_listed() {
    let folder = desk(&["203.0.113.7"]).await;
    let network = "203.0.113.7".parse().unwrap();
    assert!(matches!(ask(&folder, Request::Unblock { network }).await, Answer::Unblocked(_)));
    let Answer::Failed(failure) = ask(&folder, Request::Unblock { network }).await else { panic!() };
    assert_eq!(failure.kind, FailureKind::NotFound);
    let filter = Filter { covering: Some(network.ip()), ..Filter::default() };
    let query = BlockQuery { filter, after: None, limit: 1 };
    let Answer::Blocks(page) = ask(&folder, Request::Blocks(query)).await else { panic!() };
    assert_eq!(page.blocks, []);
}

#[tokio::test]
async fn a_standalone_agent_explains_all_but_the_transaction() {
    let folder = desk(&["203.0.113.7", "203.0.113.0/25", "203.0.113.200"]).await;
    let explain = |network: &str| Request::Explain { network: network.parse().unwrap() };
    let Answer::Explanation(found) = ask(&folder, explain("203.0.113.7")).await else { panic!() };
    let networks: Vec<String> = found.blocks.iter().map(|found| found.block.network.to_string()).collect();
    assert_eq!(networks, ["203.0.113.7/32", "203.0.113.0/25"]);
    assert_eq!(found.transactions.len(), 1);
    assert_eq!(found.receipts, [Receipt { evicted: Some(Timestamp::UNIX_EPOCH), ..receipt() }]);
    assert!(found.transactions[0].trouble.as_ref().unwrap().contains("standalone"));
    let Answer::Explanation(found) = ask(&folder, explain("203.0.113.0/24")).await else { panic!() };
    assert_eq!(found.blocks.len(), 3);
    let Answer::Explanation(found) = ask(&folder, explain("198.51.100.2")).await else { panic!() };
    assert!(found.blocks.is_empty());
    assert!(found.protected.unwrap().contains("an address of this host"));
}

#[tokio::test]
async fn an_agent_outside_any_network_publishes_nothing() {
    let folder = desk(&[]).await;
    let log = control::Attachment::new(b"x".to_vec());
    let Answer::Failed(failure) = ask(&folder, Request::Publish { log, redact: false }).await else {
        panic!("published")
    };
    assert!(failure.message.contains("set ledger.rpc"), "{failure}");
}

#[tokio::test]
async fn a_log_that_is_not_posted_is_shown_as_it_is_kept() {
    let line = "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 5 ssh2\n";
    let folder = desk_with(&[], &[line]).await;
    let unposted = async |after| match ask(&folder, Request::Drafts(DraftQuery::Unposted { after })).await {
        Answer::Drafts(page) => page,
        other => panic!("{other:?}"),
    };
    let page = unposted(None).await;
    let [draft] = &page.drafts[..] else { panic!("{page:?}") };
    assert_eq!((draft.log.bytes(), draft.bytes), (line.as_bytes().to_vec(), line.len()));
    assert_eq!((draft.state, draft.post.is_some(), page.publishes), (DraftState::Kept, false, false));
    assert_eq!(unposted(page.next).await, DraftPage::default());
}

#[tokio::test]
async fn a_peer_of_whom_only_failures_are_remembered_is_shown_with_them() {
    let folder = desk(&[]).await;
    let Answer::Peer(details) = ask(&folder, Request::Peer { key: PeerKey([5; 32]) }).await else {
        panic!("no details")
    };
    assert_eq!((details.ledger, details.failures.number), (None, 0));
    assert_eq!(details.trouble.as_deref(), Some("this agent is standalone"));
}
