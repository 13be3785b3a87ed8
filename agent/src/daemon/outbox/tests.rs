#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{acts::without_means, sender::by_affair, *};
use crate::{
    domain::{Census, EndpointReport, FileHash, LogUrl, Mirror, NamedAccount, Peer, Post, PostId, TxId},
    ledger::{Act, Founder, LedgerError, NetworkState, Published, Refusal, Signed, VerdictKind},
    record::{Announcement, Outgoing, OutgoingId, PostRecord, PostState, Standing},
    store::database::path_in,
};

mod upkeep;

const ME: PeerKey = PeerKey([9; 32]);
const FIRST: &str = "https://192.0.2.1:9000";
const SECOND: &str = "https://192.0.2.2:9000";
const THIRD: &str = "https://192.0.2.3:9000";

fn post(number: u8) -> PostId {
    PostId([number; 32])
}

fn copy_at(base: &str) -> LogUrl {
    LogUrl::of_mirror(base, FileHash([4; 32]).log_id()).unwrap()
}

fn added(number: u8, base: &str) -> Outgoing {
    Outgoing::AddMirror { post: post(number), url: copy_at(base) }
}

fn removed(number: u8, base: &str) -> Outgoing {
    Outgoing::RemoveMirror { post: post(number), url: copy_at(base).to_string() }
}

/// What the program does with posts and mirrors of a peer that serves at `endpoint`.
struct Program {
    endpoint: &'static str,
    /// The transaction that makes a post; none when the post is there.
    tx: Option<TxId>,
    mirrors: Mutex<Vec<String>>,
    /// What was done of upkeep.
    done: Mutex<Vec<String>>,
    /// Why upkeep is refused, if it is.
    refusal: Option<Refusal>,
}

impl Program {
    fn of(endpoint: &'static str) -> Arc<Self> {
        Arc::new(Self::at(endpoint))
    }

    fn at(endpoint: &'static str) -> Self {
        Self { endpoint, tx: None, mirrors: Mutex::default(), done: Mutex::default(), refusal: None }
    }

    fn do_upkeep(&self, act: Act, what: String) -> Result<Option<TxId>, LedgerError> {
        match self.refusal {
            Some(refusal) => Err(LedgerError::Refused { act, refusal }),
            None => {
                self.done.lock().unwrap_or_else(PoisonError::into_inner).push(what);
                Ok(None)
            }
        }
    }

    fn mirrors(&self) -> Vec<String> {
        self.mirrors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Ledger for Program {
    async fn publish(&self, _: &LogUrl, file_hash: FileHash) -> Result<Published, LedgerError> {
        Ok(Published { post: PostId(file_hash.0), tx: self.tx })
    }

    async fn add_mirror(&self, _: PostId, url: &LogUrl) -> Result<Option<TxId>, LedgerError> {
        if !url.as_str().starts_with(self.endpoint) {
            return Err(LedgerError::Refused { act: Act::AddMirror, refusal: Refusal::OutsideEndpoint });
        }
        self.mirrors.lock().unwrap().push(url.to_string());
        Ok(Some(TxId([1; 64])))
    }

    async fn remove_mirror(&self, _: PostId, url: &str) -> Result<Option<TxId>, LedgerError> {
        self.mirrors.lock().unwrap().retain(|listed| listed != url);
        Ok(None)
    }

    async fn peer(&self, _: &PeerKey) -> Result<Option<Peer>, LedgerError> {
        panic!("the outbox asks for no peer")
    }

    async fn reporter(&self, _: &PeerKey) -> Result<Option<Peer>, LedgerError> {
        panic!("the outbox asks for no reporter")
    }

    async fn census(&self) -> Result<Census, LedgerError> {
        panic!("the outbox asks for no peers")
    }

    async fn signed(&self, _: &Post) -> Result<Signed<Post>, LedgerError> {
        panic!("the outbox asks for no proof")
    }

    async fn retraction(&self, _: &Post) -> Result<Signed<PostId>, LedgerError> {
        panic!("the outbox asks for no proof")
    }

    fn endpoints(&self) -> Vec<EndpointReport> {
        panic!("the outbox asks for no endpoints")
    }

    async fn peers(&self) -> Result<Vec<Peer>, LedgerError> {
        panic!("the outbox asks for no peers")
    }

    fn post_accounts(&self, _: FileHash) -> Vec<NamedAccount> {
        panic!("the outbox asks for no accounts")
    }

    async fn like(&self, _: &Post) -> Result<Option<TxId>, LedgerError> {
        panic!("nothing is liked here")
    }

    async fn dispute(&self, _: &Post) -> Result<Option<TxId>, LedgerError> {
        panic!("nothing is disputed here")
    }

    async fn retract(&self, _: PostId) -> Result<Option<TxId>, LedgerError> {
        Ok(Some(TxId([2; 64])))
    }

    async fn retire(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        self.do_upkeep(Act::Retire, format!("retired {}", post.id.0[0]))
    }

    async fn close_verdict(&self, kind: VerdictKind, post: PostId) -> Result<Option<TxId>, LedgerError> {
        self.do_upkeep(Act::CloseVerdict, format!("closed {kind:?} {}", post.0[0]))
    }

    async fn advance_cycle(&self) -> Result<Option<TxId>, LedgerError> {
        self.do_upkeep(Act::AdvanceCycle, "advanced".to_owned())
    }

    async fn network(&self) -> Result<NetworkState, LedgerError> {
        panic!("the outbox asks for no rules")
    }

    async fn leave(&self) -> Result<TxId, LedgerError> {
        panic!("the outbox leaves nothing")
    }

    async fn join(&self, _: &str, _: Option<&Founder>) -> Result<TxId, LedgerError> {
        panic!("the outbox joins nothing")
    }

    async fn set_endpoint(&self, _: &str) -> Result<TxId, LedgerError> {
        panic!("the outbox moves no peer")
    }

    async fn transaction_of(&self, _: PostId) -> Result<Option<TxId>, LedgerError> {
        panic!("the outbox asks for no transaction")
    }

    async fn likers(&self, _: PostId) -> Result<Vec<PeerKey>, LedgerError> {
        panic!("the outbox asks for no likes")
    }

    async fn balance(&self) -> Result<u64, LedgerError> {
        panic!("the outbox asks for no balance")
    }

    async fn follow(&self, _: Option<SignedDuration>, _: mpsc::Sender<Post>) {
        panic!("the outbox follows nothing")
    }
}

/// A sender to this ledger with these records behind it.
async fn sender(ledger: Arc<Program>, records: Vec<Record>) -> (Sender, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    database.record(records).durable().await.unwrap();
    (Sender { ledger, database, me: ME }, folder)
}

fn announced_at(base: &str) -> Record {
    Record::Announced(Announcement {
        post: post(1),
        log: FileHash([4; 32]).log_id(),
        url: copy_at(base),
        since: Timestamp::UNIX_EPOCH,
        standing: Standing::Unseen,
    })
}

#[test]
fn without_means_posts_wait_and_mirrors_are_forgotten() {
    let item = Outgoing::Publish { log_url: copy_at(FIRST), file_hash: FileHash([1; 32]) };
    assert_eq!(without_means(&item), None);
    assert_eq!(without_means(&added(1, FIRST)), Some(vec![Record::NotAnnounced(post(1))]));
}

#[test]
fn what_is_about_the_same_post_goes_in_its_order_and_beside_all_else() {
    let queued = [added(1, FIRST), added(2, FIRST), removed(1, FIRST), removed(2, FIRST), added(1, FIRST)];
    let groups = by_affair((1..).zip(queued).collect());
    let ids: Vec<Vec<OutgoingId>> =
        groups.iter().map(|group| group.iter().map(|(id, _)| *id).collect()).collect();
    assert_eq!(ids, [vec![1, 3, 5], vec![2, 4]]);
}

#[tokio::test]
async fn a_copy_that_moved_twice_before_the_ledger_was_told_is_announced_where_it_is_now() {
    let program = Program::of(THIRD);
    program.mirrors.lock().unwrap().push(copy_at(FIRST).to_string());
    let moves = [removed(1, FIRST), added(1, SECOND), removed(1, SECOND), added(1, THIRD)];
    let records = moves.map(Record::Outgoing).into_iter().chain([announced_at(THIRD)]).collect();
    let (sender, _folder) = sender(Arc::clone(&program), records).await;
    assert!(sender.send_all().await.unwrap(), "something waits for ever");
    assert_eq!(program.mirrors(), [copy_at(THIRD).to_string()]);
    assert_eq!(sender.database.waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn a_copy_waits_until_the_ledger_knows_where_its_peer_serves_now() {
    let records = vec![announced_at(SECOND), Record::Outgoing(added(1, SECOND))];
    let (sender, _folder) = sender(Program::of(FIRST), records).await;
    assert!(!sender.send_all().await.unwrap());
    assert_eq!(sender.database.waiting().await.unwrap(), 1);
    assert!(sender.database.announcement(post(1)).await.unwrap().is_some());
}

/// A post of this agent's own as it is remembered, and as it is queued once more.
fn published(tx: Option<TxId>) -> (PostRecord, Vec<Record>) {
    let file_hash = FileHash([4; 32]);
    let log_url = LogUrl::of_log(FIRST, file_hash.log_id()).unwrap();
    let post = Post {
        id: PostId(file_hash.0),
        owner: ME,
        log_url: log_url.to_string(),
        file_hash,
        timestamp: Timestamp::UNIX_EPOCH,
        likes: 7,
        disputes: 0,
        retracted: false,
        cycle: 1,
        mirrors: vec![Mirror { peer: PeerKey([1; 32]), url: copy_at(SECOND).to_string() }],
    };
    let record = PostRecord {
        post,
        seen: Timestamp::UNIX_EPOCH,
        state: PostState::Own { tx },
        liked: false,
        disputed: None,
        is_dispute_queued: false,
    };
    let queued = Record::Outgoing(Outgoing::Publish { log_url, file_hash });
    (record.clone(), vec![Record::Post(Box::new(record)), queued])
}

#[tokio::test]
async fn a_post_that_is_sent_once_more_after_a_crash_keeps_its_transaction_its_likes_and_its_mirrors() {
    let (known, records) = published(Some(TxId([5; 64])));
    let (sender, _folder) = sender(Program::of(FIRST), records).await;
    assert!(sender.send_all().await.unwrap());
    assert_eq!(sender.database.post(known.post.id).await.unwrap(), Some(known));
}

#[tokio::test]
async fn a_post_that_lacked_its_transaction_gets_it_and_loses_nothing_else() {
    let (known, records) = published(None);
    let tx = Some(TxId([6; 64]));
    let program = Arc::new(Program { tx, ..Program::at(FIRST) });
    let (sender, _folder) = sender(program, records).await;
    assert!(sender.send_all().await.unwrap());
    let expected = PostRecord { state: PostState::Own { tx }, ..known.clone() };
    assert_eq!(sender.database.post(known.post.id).await.unwrap(), Some(expected));
}
