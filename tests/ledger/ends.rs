//! Taking back, ending and leaving: what an agent asks of the ledger at the end of things.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sentinel_agent::{
    domain::{Karma, LogUrl, Post},
    ledger::{Act, Ledger, LedgerError, Refusal, VerdictKind},
};
use sentinel_tests::dev_ledger::{DevLedger, Options};
use tokio::time::sleep;

use crate::network::{Following, dev_ledger, founder, publish, stranger};

const MIRROR: &str = "https://peer.example:9000/mirrors/0123456789abcdef";

#[tokio::test]
async fn a_dispute_from_a_trusted_peer_lowers_the_reporters_karma_once_and_followers_hear_of_it() {
    let ledger = dev_ledger().await;
    let (reporter, reporter_key) = founder(&ledger, 60).await;
    let (disputer, _) = founder(&ledger, 60).await;
    publish(&reporter, "disputed").await;
    let mut posts = Following::all(&ledger).await;
    let post = posts.next().await;
    assert_eq!((post.disputes, post.retracted), (0, false));
    assert!(disputer.dispute(&post).await.unwrap().is_some());
    assert_eq!(disputer.dispute(&post).await.unwrap(), None);
    assert_eq!(disputer.peer(&reporter_key).await.unwrap().unwrap().karma, Karma(55));
    posts.next_that(|post| post.disputes == 1).await;

    assert!(reporter.retract(post.id).await.unwrap().is_some());
    assert_eq!(reporter.retract(post.id).await.unwrap(), None);
    posts.next_that(|post| post.retracted).await;
    let error = reporter.dispute(&post).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Refused { act: Act::Dispute, refusal: Refusal::CannotDisputeSelf }),
        "{error}"
    );
    assert!(error.is_final());
}

#[tokio::test]
async fn a_post_is_retired_after_its_cycles_takes_its_mirrors_along_and_pays_all_its_rent_back() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (mirror, _) = founder(&ledger, 60).await;
    let before = reporter.balance().await.unwrap();
    let published = publish(&reporter, "retired").await;
    let url: LogUrl = MIRROR.parse().unwrap();
    mirror.add_mirror(published.post, &url).await.unwrap();
    let post = Following::all(&ledger).await.next_that(|post| !post.mirrors.is_empty()).await;
    assert!(mirror.like(&post).await.unwrap().is_some());

    let unaware = Post { mirrors: vec![], ..post.clone() };
    let error = reporter.retire(&unaware).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Refused { act: Act::Retire, refusal: Refusal::StillCounted }),
        "{error}"
    );
    assert!(!error.is_final());
    ledger.age(0).await.unwrap();
    assert!(reporter.retire(&unaware).await.unwrap().is_some());
    assert_eq!(reporter.retire(&post).await.unwrap(), None, "it is gone");
    assert!(before - reporter.balance().await.unwrap() <= 20_000);
    assert!(mirror.close_verdict(VerdictKind::Like, post.id).await.unwrap().is_some());
    assert_eq!(mirror.close_verdict(VerdictKind::Like, post.id).await.unwrap(), None);
    assert_eq!(mirror.close_verdict(VerdictKind::Dispute, post.id).await.unwrap(), None);
}

#[tokio::test]
async fn who_posted_a_moment_ago_may_not_leave_and_keeps_its_mirrors() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (mirror, key) = founder(&ledger, 60).await;
    let published = publish(&reporter, "mirrored").await;
    mirror.add_mirror(published.post, &MIRROR.parse().unwrap()).await.unwrap();
    let error = reporter.leave().await.unwrap_err();
    let LedgerError::TooSoon { act: Act::Leave, from } = error else { panic!("{error}") };
    let day = Timestamp::now() + SignedDuration::from_hours(24);
    assert!(from.duration_since(day).abs() < SignedDuration::from_mins(5), "{error}");
    assert!(!error.is_final());

    let mut posts = Following::all(&ledger).await;
    posts.next_that(|post| !post.mirrors.is_empty()).await;
    mirror.leave().await.unwrap();
    posts.next_that(|post| post.mirrors.is_empty()).await;
    let left = mirror.peer(&key).await.unwrap().unwrap();
    assert_eq!((left.active, left.karma), (false, Karma(60)));
    mirror.join("https://again.example:9000", None).await.unwrap();
    let back = mirror.peer(&key).await.unwrap().unwrap();
    assert_eq!(
        (back.active, back.karma, back.endpoint.as_str()),
        (true, Karma(60), "https://again.example:9000")
    );
}

#[tokio::test]
async fn a_stranger_records_a_cycle_when_it_is_over_and_not_before() {
    let patient = dev_ledger().await;
    let (client, _) = stranger(&patient).await;
    assert_eq!(client.advance_cycle().await.unwrap(), None);

    let mut options = Options::default();
    options.parameters.cycle_length = 1;
    let hasty = DevLedger::start(options).await.unwrap();
    let (client, _) = stranger(&hasty).await;
    while client.advance_cycle().await.unwrap().is_none() {
        sleep(Duration::from_millis(50)).await;
    }
}
