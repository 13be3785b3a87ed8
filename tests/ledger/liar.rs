//! Endpoints that lie: nothing of what they say is taken for a peer's word that the peer did not sign.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sentinel_agent::{
    domain::{FileHash, Karma, Peer, PeerKey, Post, PostId},
    identity::Identity,
    ledger::{Ledger, LedgerError, SolanaLedger},
};
use sentinel_interface as interface;
use sentinel_tests::{
    dev_ledger::DevLedger,
    endpoint::{
        Honest, Manners, Proxy,
        lies::{
            Babbling, Elsewhere, FALSE_URL, Forgetful, Hiding, OtherLog, Praising, Replaying, invented,
            post_with,
        },
    },
};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_sdk::pubkey::Pubkey;
use tokio::time::{sleep, timeout};

use crate::{
    failover::client_of,
    network::{Following, dev_ledger, founder, publish, settings},
};

fn client<M: Manners>(ledger: &DevLedger, endpoint: &Proxy<M>) -> Arc<SolanaLedger> {
    let settings = settings(&endpoint.url, Some(&endpoint.websocket_url()), ledger);
    Arc::new(SolanaLedger::new(settings, &Identity::generate().unwrap()).unwrap())
}

/// Invents a post of `owner` with so many likes that looks like `like` and is where such a post would be.
async fn invent<M: Manners>(
    ledger: &DevLedger,
    liar: &Proxy<M>,
    like: PostId,
    (owner, likes): (&PeerKey, u64),
) -> PostId {
    let rpc = RpcClient::new(ledger.rpc_url.clone());
    let data = rpc.get_account_data(&Pubkey::from(like.0)).await.unwrap();
    let (address, data) = invented(ledger.program, &data, owner, FileHash::of(b"never written"));
    let data = post_with(&data, |post| interface::Post { likes, ..post }).unwrap();
    liar.invent(ledger.program, address, &data);
    PostId(address.to_bytes())
}

fn assert_unproven(result: Result<impl std::fmt::Debug, LedgerError>, post: &Post, why: &str) {
    let error = result.unwrap_err();
    assert!(matches!(&error, LedgerError::Unproven { post: named, .. } if *named == post.id), "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

#[tokio::test]
async fn a_post_that_nobody_made_is_shown_and_never_proven() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    let liar = Proxy::start(&ledger, Honest).await;
    let client = client(&ledger, &liar);
    let mut posts = Following::by(Arc::clone(&client), None);
    let real = publish(&reporter, "real").await.post;
    let shown = posts.next().await;
    assert_eq!(client.signed(&shown).await.unwrap().get(), &shown);

    let invented = invent(&ledger, &liar, real, (&key, 0)).await;
    let shown = posts.next_that(|post| post.id == invented).await;
    assert_eq!((shown.owner, client.reporter(&key).await.unwrap().unwrap().karma), (key, Karma(60)));
    assert_unproven(client.signed(&shown).await, &shown, "knows no such transaction");
}

#[tokio::test]
async fn an_old_transaction_of_the_same_owner_proves_no_other_post() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    let liar = Proxy::start(&ledger, Replaying::default()).await;
    let client = client(&ledger, &liar);
    let mut posts = Following::by(Arc::clone(&client), None);
    let real = publish(&reporter, "real").await;
    *liar.manners.0.lock().unwrap() = real.tx.unwrap().to_string();
    let shown = posts.next().await;
    assert!(client.signed(&shown).await.is_ok(), "this one it does prove");
    let invented = invent(&ledger, &liar, real.post, (&key, 0)).await;
    let shown = posts.next_that(|post| post.id == invented).await;
    assert_unproven(client.signed(&shown).await, &shown, "does not do that on behalf of the post's owner");
}

#[tokio::test]
async fn a_log_is_fetched_where_its_owner_signed_that_it_is_whatever_the_endpoint_shows() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let liar = Proxy::start(&ledger, Elsewhere).await;
    let client = client(&ledger, &liar);
    let mut posts = Following::by(Arc::clone(&client), None);
    publish(&reporter, "told").await;
    let shown = posts.next().await;
    assert_eq!(shown.log_url, FALSE_URL);
    let signed = client.signed(&shown).await.unwrap();
    assert_eq!(signed.get().log_url, "https://peer.example:9000/logs/told");
    assert_eq!((signed.get().id, signed.get().file_hash), (shown.id, FileHash::of(b"told")));
}

#[tokio::test]
async fn a_post_with_another_log_is_no_post_since_its_address_follows_from_its_log() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let liar = Proxy::start(&ledger, OtherLog).await;
    let client = client(&ledger, &liar);
    let before = publish(&reporter, "before").await.post;
    let mut posts = Following::by(Arc::clone(&client), None);
    // About posts that were made earlier this one tells the truth.
    assert_eq!(posts.next().await.id, before);
    publish(&reporter, "live").await;
    let told = timeout(Duration::from_millis(500), posts.next()).await;
    assert!(told.is_err() && client.endpoints()[0].is_followed, "{told:?}");
}

#[tokio::test]
async fn karma_on_which_the_endpoints_disagree_is_nobodys_karma() {
    let ledger = dev_ledger().await;
    let (_, key) = founder(&ledger, 3).await;
    let (liar, honest) = (Proxy::start(&ledger, Praising(None)).await, Proxy::start(&ledger, Honest).await);
    let client = client_of(&ledger, &liar, &honest, &Identity::generate().unwrap());
    let error = client.reporter(&key).await.unwrap_err();
    assert!(matches!(error, LedgerError::Disagreement { peer, .. } if peer == key), "{error}");
    for says in [format!("{}: active, karma 1000", liar.url), format!("{}: active, karma 3", honest.url)] {
        assert!(error.to_string().contains(&says), "{error}");
    }
    let reports = client.endpoints();
    assert!(reports.iter().all(|report| report.disagreement.is_some()), "{reports:?}");

    liar.set_up(false);
    assert_eq!(client.reporter(&key).await.unwrap().unwrap().karma, Karma(3), "who is silent has no say");
}

#[tokio::test]
async fn who_is_praised_by_one_of_two_endpoints_is_not_among_the_peers_on_whom_both_agree() {
    let ledger = dev_ledger().await;
    let (_, praised) = founder(&ledger, 3).await;
    let (_, other) = founder(&ledger, 60).await;
    let liar = Proxy::start(&ledger, Praising(Some(praised))).await;
    let honest = Proxy::start(&ledger, Honest).await;
    let client = client_of(&ledger, &liar, &honest, &Identity::generate().unwrap());
    let names = |peers: &[Peer]| peers.iter().map(|peer| (peer.key, peer.karma)).collect::<Vec<_>>();
    let census = client.census().await.unwrap();
    assert_eq!(names(&census.agreed), [(other, Karma(60))]);
    assert_eq!(names(&census.disagreed), [(praised, Karma(1000))]);
    assert!(client.endpoints().iter().all(|report| report.disagreement.is_some()));

    liar.set_up(false);
    let census = client.census().await.unwrap();
    assert_eq!((census.agreed.len(), census.disagreed.len()), (2, 0), "who is silent has no say");
}

#[tokio::test]
async fn endpoints_that_tell_the_same_truth_agree() {
    let ledger = dev_ledger().await;
    let (_, key) = founder(&ledger, 60).await;
    let (first, second) = (Proxy::start(&ledger, Honest).await, Proxy::start(&ledger, Honest).await);
    let client = client_of(&ledger, &first, &second, &Identity::generate().unwrap());
    assert_eq!(client.reporter(&key).await.unwrap().unwrap().karma, Karma(60));
    assert_eq!(client.reporter(&PeerKey([7; 32])).await.unwrap(), None);
}

#[tokio::test]
async fn what_one_endpoint_hides_an_honest_one_tells_and_proves() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (liar, honest) = (Proxy::start(&ledger, Hiding).await, Proxy::start(&ledger, Honest).await);
    let client = Arc::new(client_of(&ledger, &liar, &honest, &Identity::generate().unwrap()));
    let before = publish(&reporter, "before").await.post;
    let mut posts = Following::by(Arc::clone(&client), None);
    posts.next_that(|post| post.id == before).await;
    let live = publish(&reporter, "live").await.post;
    let shown = posts.next_that(|post| post.id == live).await;
    assert_eq!(client.signed(&shown).await.unwrap().get(), &shown);
}

#[tokio::test]
async fn a_post_that_a_fork_undid_is_not_proven_before_it_is_made_again() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let endpoint = Proxy::start(&ledger, Forgetful(true.into())).await;
    let client = client(&ledger, &endpoint);
    let mut posts = Following::by(Arc::clone(&client), None);
    publish(&reporter, "undone").await;
    let shown = posts.next().await;
    assert_unproven(client.signed(&shown).await, &shown, "knows no such transaction");
    endpoint.manners.0.store(false, Ordering::SeqCst);
    assert_eq!(client.signed(&shown).await.unwrap().get(), &shown);
}

#[tokio::test]
async fn an_endpoint_that_talks_nonsense_of_any_length_is_passed_over() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    for bytes in [0, 1000, 4 << 20] {
        let (liar, honest) =
            (Proxy::start(&ledger, Babbling(bytes)).await, Proxy::start(&ledger, Honest).await);
        let client = Arc::new(client_of(&ledger, &liar, &honest, &Identity::generate().unwrap()));
        let mut posts = Following::by(Arc::clone(&client), None);
        let made = publish(&reporter, &bytes.to_string()).await.post;
        let shown = posts.next_that(|post| post.id == made).await;
        assert!(client.signed(&shown).await.is_ok());
        assert_eq!(client.reporter(&key).await.unwrap().unwrap().karma, Karma(60));
        let reports = client.endpoints();
        assert!(!reports[0].is_used && reports[0].trouble.is_some() && reports[1].is_used, "{reports:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_invents_thousands_of_changes_drowns_out_no_other() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    let real = publish(&reporter, "real").await.post;
    let (liar, honest) = (Proxy::start(&ledger, Hiding).await, Proxy::start(&ledger, Honest).await);
    let client = Arc::new(client_of(&ledger, &liar, &honest, &Identity::generate().unwrap()));
    let mut posts = Following::by(Arc::clone(&client), None);
    posts.next_that(|post| post.id == real).await;
    while !client.endpoints().iter().all(|report| report.is_followed) {
        sleep(Duration::from_millis(10)).await;
    }
    for likes in 0..2_000 {
        invent(&ledger, &liar, real, (&key, likes)).await;
    }
    let live = publish(&reporter, "live").await.post;
    let shown = posts.next_that(|post| post.id == live).await;
    assert_eq!(client.signed(&shown).await.unwrap().get(), &shown);
}
