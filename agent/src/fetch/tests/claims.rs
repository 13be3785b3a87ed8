//! Peers that name somebody else's server.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A server that counts how often it is asked, and has one log of one byte, "x", at `/logs/x`.
async fn victim() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            let answer = match head(&mut stream).await.starts_with("get /logs/x ") {
                true => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                false => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            };
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (base, asked)
}

fn claimed(claim: Claim, reporter: u8, url: String) -> Wanted {
    let peer = Some(PeerKey([reporter; 32]));
    Wanted { file_hash: FileHash::of(b"x"), reporter: peer, holders: vec![Holder { url, peer, claim }] }
}

async fn fetch(fetcher: &Fetcher, wanted: &Wanted) -> Result<Fetched, FetchError> {
    fetcher.fetch(wanted, Timestamp::now()).await
}

#[tokio::test]
async fn a_swarm_that_names_a_victim_has_it_asked_a_few_times_and_its_own_posts_come_through() {
    let (victim, asked) = victim().await;
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    for number in 0..20 {
        let claim = if number % 2 == 0 { Claim::Copy } else { Claim::Elsewhere };
        let wanted = claimed(claim, number, format!("{victim}/mirrors/{number}"));
        let error = fetch(&fetcher, &wanted).await.unwrap_err();
        let was_left_alone = matches!(error.attempts[0].error, AttemptError::LeftAlone { .. });
        assert_eq!(was_left_alone, number >= 4, "{error}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    for _ in 0..10 {
        let _ = fetch(&fetcher, &claimed(Claim::Own, 77, format!("{victim}/logs/x"))).await.unwrap();
    }
    let copy = claimed(Claim::Copy, 77, format!("{victim}/logs/x"));
    assert!(fetch(&fetcher, &copy).await.is_err(), "it is left alone by all who say that it has a copy");
}

#[tokio::test]
async fn a_peer_that_vouches_for_its_copy_is_asked_whatever_others_claimed_of_the_address_it_shares() {
    let (tunnel, _) = victim().await;
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    for number in 0..10 {
        let claim = if number % 2 == 0 { Claim::Copy } else { Claim::Vouched };
        let other = claimed(claim, number % 2, format!("{tunnel}/mirrors/{number}"));
        let _ = fetch(&fetcher, &other).await.unwrap_err();
    }
    let _ = fetch(&fetcher, &claimed(Claim::Vouched, 77, format!("{tunnel}/logs/x"))).await.unwrap();
}

#[tokio::test]
async fn who_gives_what_it_is_asked_for_is_asked_as_often_as_there_is_something() {
    let (holder, asked) = victim().await;
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    for _ in 0..20 {
        let _ = fetch(&fetcher, &claimed(Claim::Copy, 1, format!("{holder}/logs/x"))).await.unwrap();
    }
    assert_eq!(asked.load(Ordering::Relaxed), 20);
}

#[tokio::test]
async fn a_place_that_the_caller_names_is_asked_whatever_others_claimed() {
    let (victim, _) = victim().await;
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    for number in 0..10 {
        let _ =
            fetch(&fetcher, &claimed(Claim::Own, 1, format!("{victim}/logs/{number}"))).await.unwrap_err();
    }
    let named = Wanted::at(format!("{victim}/logs/x"), FileHash::of(b"x"));
    let _ = fetch(&fetcher, &named).await.unwrap();
}
