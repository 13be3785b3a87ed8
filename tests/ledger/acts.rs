//! Joining, publishing and liking, and what is refused.

use sentinel_agent::{
    domain::{FileHash, Karma, LogUrl, Mirror, PostId},
    identity::Identity,
    ledger::{Act, Founder, Ledger, LedgerError, Refusal, SolanaLedger},
};
use sentinel_tests::dev_ledger::DevLedger;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::network::{Following, client, dev_ledger, founder, log_url, publish, stranger};

#[tokio::test]
async fn a_founder_is_an_active_peer_with_the_karma_that_the_authority_gave() {
    let ledger = dev_ledger().await;
    let (client, key) = founder(&ledger, 100).await;
    let peer = client.peer(&key).await.unwrap().unwrap();
    assert_eq!((peer.key, peer.active, peer.karma), (key, true, Karma(100)));
    assert_eq!(peer.endpoint, "https://peer.example:9000");
    assert_eq!(client.peers().await.unwrap(), [peer]);
}

#[tokio::test]
async fn a_newcomer_joins_without_karma_and_pays_for_it() {
    let ledger = dev_ledger().await;
    let (client, key) = stranger(&ledger).await;
    assert_eq!(client.peer(&key).await.unwrap(), None);
    let before = client.balance().await.unwrap();
    client.join("https://newcomer.example:9000", None).await.unwrap();
    assert_eq!(client.peer(&key).await.unwrap().unwrap().karma, Karma(0));
    assert!(client.balance().await.unwrap() < before);
}

#[tokio::test]
async fn a_like_from_a_trusted_peer_raises_the_reporters_karma_once() {
    let ledger = dev_ledger().await;
    let (reporter, reporter_key) = founder(&ledger, 60).await;
    let (liker, _) = founder(&ledger, 60).await;
    publish(&reporter, "liked").await;
    let post = Following::all(&ledger).await.next().await;
    assert!(liker.like(&post).await.unwrap().is_some());
    assert_eq!(liker.like(&post).await.unwrap(), None);
    assert_eq!(liker.peer(&reporter_key).await.unwrap().unwrap().karma, Karma(61));
}

#[tokio::test]
async fn who_liked_a_post_is_known_and_nobody_elses_likes_are_taken_for_its() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (one, one_key) = founder(&ledger, 60).await;
    let (other, other_key) = founder(&ledger, 60).await;
    publish(&reporter, "liked-by-two").await;
    publish(&reporter, "liked-by-one").await;
    let mut posts = Following::all(&ledger).await;
    let (first, second) = (posts.next().await, posts.next().await);
    for (liker, post) in [(&one, &first), (&other, &first), (&other, &second)] {
        liker.like(post).await.unwrap();
    }
    let mut both = reporter.likers(first.id).await.unwrap();
    both.sort();
    let mut expected = [one_key, other_key];
    expected.sort();
    assert_eq!(both, expected);
    assert_eq!(reporter.likers(second.id).await.unwrap(), [other_key]);
    assert!(reporter.likers(PostId([9; 32])).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_log_is_published_once_however_often_it_is_tried() {
    let ledger = dev_ledger().await;
    let (client, _) = founder(&ledger, 60).await;
    let first = publish(&client, "twice").await;
    let second = publish(&client, "twice").await;
    assert!(first.tx.is_some());
    assert_eq!((second.post, second.tx), (first.post, None));
}

#[tokio::test]
async fn nobody_likes_their_own_post() {
    let ledger = dev_ledger().await;
    let (client, _) = founder(&ledger, 60).await;
    publish(&client, "own").await;
    let post = Following::all(&ledger).await.next().await;
    let error = client.like(&post).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Refused { act: Act::Like, refusal: Refusal::CannotLikeSelf }),
        "{error}"
    );
    assert!(error.to_string().contains("CannotLikeSelf"), "{error}");
}

#[tokio::test]
async fn a_stranger_cannot_publish_and_is_told_to_join() {
    let ledger = dev_ledger().await;
    let (client, _) = stranger(&ledger).await;
    let error = client.publish(&log_url("x"), FileHash([1; 32])).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Refused { act: Act::Publish, refusal: Refusal::NotPeer }),
        "{error}"
    );
    assert!(error.to_string().contains("has to join"), "{error}");
}

#[tokio::test]
async fn only_the_networks_authority_makes_founders() {
    let ledger = dev_ledger().await;
    let (client, _) = stranger(&ledger).await;
    let impostor = Founder { authority: Identity::generate().unwrap(), karma: Karma(1000) };
    let error = client.join("https://peer.example:9000", Some(&impostor)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Refused { refusal: Refusal::AuthorityRequired, .. }), "{error}");
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_is_refused_before_anything_is_sent() {
    let ledger = dev_ledger().await;
    let (client, _) = stranger(&ledger).await;
    let error = client.join("peer.example", None).await.unwrap_err();
    assert!(matches!(error, LedgerError::Refused { refusal: Refusal::InvalidUrl, .. }), "{error}");
}

#[tokio::test]
async fn a_peer_without_lamports_is_told_so() {
    let ledger = dev_ledger().await;
    let pauper = Identity::generate().unwrap();
    let penniless = client(&ledger.rpc_url, &ledger, &pauper);
    let error = penniless.join("https://peer.example:9000", None).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::InsufficientFunds { act: Act::Join, payer } if payer == pauper.peer_key()),
        "{error}"
    );
    // Enough for the fee, but neither for the rent nor for the bond.
    ledger.fund(&pauper.peer_key(), 1_000_000).await.unwrap();
    let error = penniless.join("https://peer.example:9000", None).await.unwrap_err();
    assert!(matches!(error, LedgerError::InsufficientFunds { .. }), "{error}");
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_named() {
    let ledger = dev_ledger().await;
    let identity = Identity::generate().unwrap();
    let unreachable = client("http://127.0.0.1:9", &ledger, &identity);
    let error = unreachable.publish(&log_url("x"), FileHash([1; 32])).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unreachable { act: Act::Publish, .. }), "{error}");
    assert!(error.to_string().contains("http://127.0.0.1:9"), "{error}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn an_endpoint_behind_tls_needs_no_crypto_provider_to_be_installed() {
    let ledger = dev_ledger().await;
    let identity = Identity::generate().unwrap();
    // The dev ledger speaks no TLS: the handshake has to fail, not the client.
    let tls = client(&ledger.rpc_url.replace("http://", "https://"), &ledger, &identity);
    let error = tls.balance().await.unwrap_err();
    assert!(matches!(error, LedgerError::Unreachable { act: Act::ReadBalance, .. }), "{error}");
}

/// A client of an endpoint that answers one request with these bytes, the last of them for ever.
async fn client_of_liar(ledger: &DevLedger, head: &'static str, endless: &'static str) -> SolanaLedger {
    let liar = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", liar.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = liar.accept().await.unwrap();
        assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
        socket.write_all(head.as_bytes()).await.unwrap();
        let endless = endless.repeat(65_536);
        while !endless.is_empty() && socket.write_all(endless.as_bytes()).await.is_ok() {}
    });
    client(&url, ledger, &Identity::generate().unwrap())
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let ledger = dev_ledger().await;
    let client = client_of_liar(&ledger, "HTTP/1.1 200 OK\r\n\r\n", "[").await;
    let error = client.peers().await.unwrap_err();
    assert!(matches!(error, LedgerError::Malformed { act: Act::ReadPeers, .. }), "{error}");
    assert!(error.to_string().contains("larger than"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_json_makes_no_sense() {
    let ledger = dev_ledger().await;
    let client = client_of_liar(&ledger, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "").await;
    let error = client.balance().await.unwrap_err();
    assert!(matches!(error, LedgerError::Malformed { act: Act::ReadBalance, .. }), "{error}");
}

#[tokio::test]
async fn a_post_is_traced_to_the_transaction_that_made_it_whatever_happened_to_it_since() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (liker, _) = founder(&ledger, 60).await;
    let published = publish(&reporter, "traced").await;
    let post = Following::all(&ledger).await.next().await;
    liker.like(&post).await.unwrap();
    let (anybody, _) = stranger(&ledger).await;
    assert_eq!(anybody.transaction_of(published.post).await.unwrap(), published.tx);
}

#[tokio::test]
async fn a_post_that_the_ledger_never_had_has_no_transaction() {
    let ledger = dev_ledger().await;
    let (anybody, _) = stranger(&ledger).await;
    assert_eq!(anybody.transaction_of(PostId([7; 32])).await.unwrap(), None);
}

#[tokio::test]
async fn a_peer_that_moves_has_its_new_endpoint_on_the_ledger() {
    let ledger = dev_ledger().await;
    let (client, key) = founder(&ledger, 60).await;
    for endpoint in ["https://a-longer-name.moved.example:9000", "https://m.example", "https://m.example"] {
        client.set_endpoint(endpoint).await.unwrap();
        assert_eq!(client.peer(&key).await.unwrap().unwrap().endpoint, endpoint);
    }
    let error = client.set_endpoint("m.example").await.unwrap_err();
    assert!(matches!(error, LedgerError::Refused { refusal: Refusal::InvalidUrl, .. }), "{error}");
}

#[tokio::test]
async fn followers_hear_of_mirrors_as_they_come_and_go_and_whose_they_are() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (mirror, key) = founder(&ledger, 60).await;
    let published = publish(&reporter, "mirrored").await;
    let mut posts = Following::all(&ledger).await;
    let url: LogUrl = "https://peer.example:9000/mirrors/0123456789abcdef".parse().unwrap();
    assert!(mirror.add_mirror(published.post, &url).await.unwrap().is_some());
    assert_eq!(mirror.add_mirror(published.post, &url).await.unwrap(), None, "it is listed already");
    let post = posts.next_that(|post| !post.mirrors.is_empty()).await;
    assert_eq!(post.mirrors, [Mirror { peer: key, url: url.to_string() }]);

    assert!(mirror.remove_mirror(published.post, url.as_str()).await.unwrap().is_some());
    posts.next_that(|post| post.mirrors.is_empty()).await;
    assert_eq!(
        mirror.remove_mirror(published.post, url.as_str()).await.unwrap(),
        None,
        "it is withdrawn already"
    );
}

#[tokio::test]
async fn a_mirror_elsewhere_than_at_ones_own_endpoint_is_refused() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let published = publish(&reporter, "mirrored").await;
    let foreign = "https://victim.example/mirrors/0123456789abcdef".parse().unwrap();
    let error = reporter.add_mirror(published.post, &foreign).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Refused { act: Act::AddMirror, refusal: Refusal::OutsideEndpoint }),
        "{error}"
    );
}
