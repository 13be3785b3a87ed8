//! Following posts, whatever happens to the connection.

use std::time::Duration;

use sentinel_agent::{
    domain::{Commitment, FileHash, PostId, ProgramId},
    identity::Identity,
    ledger::{Ledger, SolanaLedger, SolanaSettings},
};
use tokio::{io::AsyncReadExt, net::TcpListener, sync::mpsc};

use crate::network::{Following, dev_ledger, founder, publish, stranger};

#[tokio::test]
async fn a_post_arrives_with_all_that_the_ledger_knows_of_it() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    let mut posts = Following::all(&ledger).await;
    let published = publish(&reporter, "seen").await;
    let post = posts.next().await;
    assert_eq!((post.id, post.owner), (published.post, key));
    assert_eq!(post.log_url, "https://peer.example:9000/logs/seen");
    assert_eq!(post.file_hash, FileHash::of(b"seen"));
    assert_eq!((post.likes, post.mirrors.len()), (0, 0));
}

#[tokio::test]
async fn posts_made_before_the_agent_came_arrive_oldest_first() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        made.push(publish(&reporter, name).await.post);
    }
    let mut posts = Following::all(&ledger).await;
    let mut seen = Vec::new();
    while seen.len() < made.len() {
        seen.push(posts.next().await);
    }
    assert!(seen.is_sorted_by_key(|post| post.timestamp));
    let mut seen: Vec<PostId> = seen.into_iter().map(|post| post.id).collect();
    seen.sort();
    made.sort();
    assert_eq!(seen, made);
}

#[tokio::test]
async fn posts_made_before_the_asked_time_are_left_out() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    publish(&reporter, "old").await;
    let old = Following::all(&ledger).await.next().await;
    let mut posts = Following::since(&ledger, Some(old.timestamp + Duration::from_secs(1))).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let new = publish(&reporter, "new").await;
    assert_eq!(posts.next().await.id, new.post);
}

#[tokio::test]
async fn a_post_made_while_the_websocket_was_down_arrives_after_it() {
    let mut ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let mut posts = Following::all(&ledger).await;
    let heard = publish(&reporter, "heard").await.post;
    posts.next_that(|post| post.id == heard).await;

    ledger.close_websocket().await;
    let missed = publish(&reporter, "missed").await.post;
    ledger.open_websocket().await.unwrap();

    posts.next_that(|post| post.id == missed).await;
    let live = publish(&reporter, "live").await.post;
    posts.next_that(|post| post.id == live).await;
}

#[tokio::test]
async fn a_liked_post_comes_again_with_its_likes() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (liker, _) = founder(&ledger, 60).await;
    let mut posts = Following::all(&ledger).await;
    publish(&reporter, "liked").await;
    let post = posts.next().await;
    liker.like(&post).await.unwrap();
    let liked = posts.next_that(|post| post.likes > 0).await;
    assert_eq!((liked.id, liked.likes), (post.id, 1));
}

#[tokio::test]
async fn garbage_that_the_endpoint_sends_is_no_post_and_holds_up_nothing() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    let mut garbage = sentinel_interface::discriminator::POST.to_vec();
    ledger.forge_account([1; 32], garbage.clone()).await.unwrap();
    garbage.resize(10_000, 0xff);
    ledger.forge_account([2; 32], garbage).await.unwrap();
    ledger.forge_account([3; 32], sentinel_interface::discriminator::PEER.to_vec()).await.unwrap();

    let mut posts = Following::all(&ledger).await;
    let real = publish(&reporter, "real").await.post;
    ledger.forge_account([4; 32], sentinel_interface::discriminator::POST.to_vec()).await.unwrap();
    assert_eq!(posts.next().await.id, real);
    let keys: Vec<_> = reporter.peers().await.unwrap().into_iter().map(|peer| peer.key).collect();
    assert_eq!(keys, [key]);
}

#[tokio::test]
async fn a_true_post_at_a_false_address_is_no_post() {
    let ledger = dev_ledger().await;
    let (reporter, key) = founder(&ledger, 60).await;
    let post = sentinel_interface::Post {
        owner: key.0,
        nft_mint: [7; 32],
        file_hash: [8; 32],
        cycle_index: 0,
        timestamp: 0,
        likes: 0,
        disputes: 0,
        retracted: false,
        bump: 255,
        log_url: sentinel_interface::Url::new("https://liar.example/log").unwrap(),
        mirrors: sentinel_interface::Mirrors::EMPTY,
    };
    let mut data = vec![0; post.encoded_len()];
    post.encode(&mut data).unwrap();
    ledger.forge_account([9; 32], data).await.unwrap();
    let mut posts = Following::all(&ledger).await;
    let real = publish(&reporter, "real").await.post;
    assert_eq!(posts.next().await.id, real);
}

#[tokio::test]
async fn a_websocket_behind_tls_needs_no_crypto_provider_to_be_installed() {
    let ledger = dev_ledger().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let websocket = format!("wss://{}", listener.local_addr().unwrap());
    let program = ProgramId(ledger.program.to_bytes());
    let settings = SolanaSettings::new(&ledger.rpc_url, Some(&websocket), program, Commitment::Confirmed);
    let client = SolanaLedger::new(settings.unwrap(), &Identity::generate().unwrap()).unwrap();
    let (posts, receiver) = mpsc::channel(1);
    let following = tokio::spawn(async move { client.follow(None, posts).await });

    let (mut socket, _) = listener.accept().await.unwrap();
    assert_eq!(socket.read_u8().await.unwrap(), 22, "the first record of TLS is a handshake");
    drop((socket, receiver));
    following.await.expect("the follower neither panics nor goes on");
}

#[tokio::test]
async fn following_ends_when_nobody_receives() {
    let ledger = dev_ledger().await;
    let (client, _) = stranger(&ledger).await;
    let (posts, receiver) = mpsc::channel(1);
    drop(receiver);
    client.follow(None, posts).await;
}
