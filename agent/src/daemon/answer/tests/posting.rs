//! A desk that posts logs, whose agent cannot reach the ledger.

use super::*;
use crate::{
    config::Endpoint,
    control::{Content, DraftView, PublicationView},
    daemon::reach::PublicUrl,
    domain::{Commitment, LogUrl, Post, TxId},
    identity::Identity,
    ledger::{SolanaLedger, SolanaSettings},
    record::{Outgoing, PostRecord, PostState},
};

const OLD: &str = "https://192.0.2.1:9000";
const NEW: &str = "https://192.0.2.2:9000";
pub(super) const LINE: &str =
    "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 5 ssh2\n";

/// A desk whose agent is reached at the URL of the sender.
pub(super) async fn posting(folder: &TempDir, own_logs: &[&str]) -> (Desk, watch::Sender<Option<Endpoint>>) {
    let mut desk = desk_in(folder, &[], own_logs).await;
    let url = watch::Sender::new(Some(OLD.parse().unwrap()));
    let public_url = PublicUrl::following(url.subscribe());
    let program = PeerKey([7; 32]).to_string().parse().unwrap();
    let settings = SolanaSettings::new("http://127.0.0.1:1", None, program, Commitment::Confirmed).unwrap();
    let identity = Identity::open(&folder.path().join("identity.json")).unwrap();
    let ledger = Arc::new(SolanaLedger::new(settings, &identity).unwrap());
    desk.viewer.posting = Some((ledger, public_url.clone()));
    desk.publisher = Some(Publisher { outbox: Outbox::new(desk.core.database().clone()), public_url });
    (desk, url)
}

fn file_hash(text: &str) -> FileHash {
    FileHash::of(text.as_bytes())
}

fn url_at(base: &str) -> LogUrl {
    LogUrl::of_log(base, file_hash(LINE).log_id()).unwrap()
}

pub(super) async fn publish(desk: &Desk, text: &str, redact: bool) -> PublicationView {
    let log = control::Attachment::new(text.into());
    let Answer::Published(published) = desk.answer(Request::Publish { log, redact }).await else {
        panic!("not published")
    };
    published
}

async fn unposted(desk: &Desk) -> DraftView {
    let Answer::Drafts(page) = desk.answer(Request::Drafts(DraftQuery::Unposted { after: None })).await
    else {
        panic!("no drafts")
    };
    page.drafts.into_iter().next().unwrap()
}

pub(super) async fn queued(desk: &Desk) -> Vec<Outgoing> {
    desk.core.database().outbox(0, 10).await.unwrap().into_iter().map(|(_, item)| item).collect()
}

/// A post of the log by this peer.
pub(super) fn post_of(owner: PeerKey) -> Post {
    Post {
        id: PostId([5; 32]),
        owner,
        log_url: url_at(OLD).to_string(),
        file_hash: file_hash(LINE),
        timestamp: Timestamp::UNIX_EPOCH,
        likes: 3,
        disputes: 0,
        retracted: false,
        cycle: 0,
        mirrors: vec![],
    }
}

#[tokio::test]
async fn a_log_that_is_queued_is_shown_with_the_url_that_will_be_posted() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, url) = posting(&folder, &[LINE]).await;
    let shown = unposted(&desk).await;
    assert_eq!((shown.state, shown.post.unwrap().log_url), (DraftState::Kept, url_at(OLD)));
    publish(&desk, LINE, false).await;
    url.send_replace(Some(NEW.parse().unwrap()));
    let shown = unposted(&desk).await;
    assert_eq!((shown.state, shown.post.unwrap().log_url), (DraftState::Queued, url_at(OLD)));
}

#[tokio::test]
async fn what_is_queued_or_posted_already_is_not_queued_again() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, url) = posting(&folder, &[]).await;
    let expected = [Outgoing::Publish { log_url: url_at(OLD), file_hash: file_hash(LINE) }];
    for _ in 0..2 {
        let published = publish(&desk, LINE, false).await;
        assert_eq!((published.log_url, published.post), (url_at(OLD), None));
        assert_eq!(queued(&desk).await, expected);
        url.send_replace(Some(NEW.parse().unwrap()));
    }
    let post = post_of(desk.me);
    let tx = Some(TxId([6; 64]));
    let record = PostRecord {
        post,
        seen: Timestamp::UNIX_EPOCH,
        state: PostState::Own { tx },
        liked: false,
        disputed: None,
        is_dispute_queued: false,
    };
    let records = vec![Record::Post(Box::new(record)), Record::OutgoingDone(1)];
    desk.core.database().record(records).durable().await.unwrap();
    let published = publish(&desk, LINE, false).await;
    assert_eq!((published.log_url, published.post, published.tx), (url_at(OLD), Some(PostId([5; 32])), tx));
    assert_eq!(queued(&desk).await, []);
}

#[tokio::test]
async fn a_file_is_published_as_it_is_or_redacted_and_either_way_it_is_said_what_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, _url) = posting(&folder, &[]).await;
    let private = LINE.replace("for user", "for alice");
    let text = format!("{LINE}{private}");
    let as_it_is = publish(&desk, &text, false).await;
    assert_eq!(as_it_is.file_hash, file_hash(&text));
    let redaction = as_it_is.redaction;
    assert_eq!((redaction.applied, redaction.lines, &redaction.first[..]), (false, 1, &[2][..]));
    let redacted = publish(&desk, &text, true).await;
    assert_eq!((redacted.redaction.applied, redacted.redaction.lines), (true, 1));
    let stored = desk.archive.logs().read(redacted.file_hash.log_id()).unwrap().unwrap();
    let Content::Text(stored) = Content::new(stored.bytes().to_vec()) else { panic!("no text") };
    assert!(!stored.contains("alice") && stored.lines().count() == 2, "{stored}");
    assert_eq!(publish(&desk, LINE, false).await.redaction.lines, 0);
}
