//! Who is asked, in which order, and how often.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;

use super::*;

/// What `find` gives, and how often it was asked.
struct Others(Vec<Holder>, AtomicUsize);

fn all(holders: &[Holder]) -> Holders {
    Holders { to_ask: holders.to_vec(), vouching: holders.len() }
}

#[async_trait]
impl Copies for Others {
    async fn find(&self, _: &Wanted) -> Holders {
        self.1.fetch_add(1, Ordering::Relaxed);
        all(&self.0)
    }
}

fn others(holders: &[(&str, Option<PeerKey>)]) -> Others {
    let holder = |(url, peer): &(&str, _)| Holder { url: (*url).to_owned(), peer: *peer, claim: Claim::Copy };
    Others(holders.iter().map(holder).collect(), AtomicUsize::new(0))
}

/// A server that notes in `asked` that it was asked, and has nothing.
async fn empty_server(name: &'static str, asked: &Arc<Mutex<Vec<&'static str>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{name}", listener.local_addr().unwrap());
    let asked = Arc::clone(asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            head(&mut stream).await;
            asked.lock().unwrap().push(name);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    url
}

#[tokio::test]
async fn first_the_reporter_is_asked_then_who_has_a_copy_and_last_where_anybody_may_serve() {
    let asked = Arc::default();
    let [owner, mirror, liker, elsewhere] =
        ["owner", "mirror", "liker", "elsewhere"].map(|name| empty_server(name, &asked));
    let (owner, mirror, liker) = (owner.await, mirror.await, liker.await);
    let mut wanted = wanted(PeerKey([1; 32]), FileHash([1; 32]), &[&owner]);
    let peer = Some(PeerKey([1; 32]));
    wanted.holders.push(Holder { url: elsewhere.await, peer, claim: Claim::Elsewhere });
    let others = others(&[(&mirror, Some(PeerKey([3; 32]))), (&liker, Some(PeerKey([2; 32])))]);
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    let error = fetcher.fetch_with(&wanted, &others, Timestamp::now()).await.unwrap_err();
    assert_eq!(*asked.lock().unwrap(), ["owner", "mirror", "liker", "elsewhere"]);
    let peers: Vec<_> = error.attempts.iter().map(|attempt| attempt.peer.unwrap().0[0]).collect();
    assert_eq!(peers, [1, 3, 2, 1]);
}

#[tokio::test]
async fn a_log_is_fetched_from_a_liker_with_a_key_of_its_own_and_the_owners_failure_is_told() {
    let liker = Bed::new().await;
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let dead = format!("https://{dead}/logs/00112233445566aa");
    let mirror = liker.url.replace("/logs/", "/mirrors/");
    let owner = PeerKey([1; 32]);
    let wanted = wanted(owner, liker.log.hash(), &[&dead]);
    let others = others(&[(&mirror, Some(liker.owner))]);
    let fetcher = Fetcher::new(Arc::clone(&liker.peer), loopback_allowed());
    let fetched = fetcher.fetch_with(&wanted, &others, Timestamp::now()).await.unwrap();
    assert_eq!(fetched.log, liker.log);
    assert_eq!(fetched.holder, Holder { url: mirror, peer: Some(liker.owner), claim: Claim::Copy });
    let [failure] = &fetched.failures[..] else { panic!("{:?}", fetched.failures) };
    assert_eq!((failure.peer, failure.tries, failure.url.as_str()), (Some(owner), 1, dead.as_str()));
}

#[tokio::test]
async fn the_ledger_is_not_asked_for_others_while_the_owner_serves() {
    let bed = Bed::new().await;
    let wanted = wanted(bed.owner, bed.log.hash(), &[&bed.url]);
    let others = others(&[]);
    let fetcher = Fetcher::new(Arc::clone(&bed.peer), loopback_allowed());
    let fetched = fetcher.fetch_with(&wanted, &others, Timestamp::now()).await.unwrap();
    assert!(fetched.failures.is_empty());
    assert_eq!(others.1.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_liker_that_has_it_later_is_found_later() {
    let busy = answer("503 Busy\r\nContent-Length: 0", b"");
    let (owner, _server) = server_of(vec![busy.clone(), busy.clone(), busy]).await;
    let bed = Bed::new().await;
    let fetcher = Fetcher::new(
        Arc::clone(&bed.peer),
        FetchPolicy { patience: Duration::from_secs(20), ..http_allowed() },
    );
    let wanted = wanted(PeerKey([1; 32]), bed.log.hash(), &[&owner]);

    struct Later(AtomicUsize, Holder);
    #[async_trait]
    impl Copies for Later {
        async fn find(&self, _: &Wanted) -> Holders {
            let asked = self.0.fetch_add(1, Ordering::Relaxed);
            all(if asked == 0 { &[] } else { std::slice::from_ref(&self.1) })
        }
    }
    let later = Later(
        AtomicUsize::new(0),
        Holder { url: bed.url.clone(), peer: Some(bed.owner), claim: Claim::Copy },
    );
    let fetched = fetcher.fetch_with(&wanted, &later, Timestamp::now()).await.unwrap();
    assert_eq!((fetched.log, fetched.failures[0].tries), (bed.log, 2));
}

#[tokio::test]
async fn who_asks_for_a_pause_is_left_alone_and_gets_later_timestamps() {
    let log = log("x");
    let busy = answer("429 Slow down\r\nRetry-After: 2\r\nContent-Length: 0", b"");
    let (url, server) = server_of(vec![busy, answer("200 OK\r\nContent-Length: 1", b"x")]).await;
    let policy = FetchPolicy { patience: Duration::from_secs(20), ..http_allowed() };
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), policy);
    let begun = std::time::Instant::now();
    let _ = fetcher.fetch(&Wanted::at(url, log.hash()), Timestamp::now()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(2));
    let at = |head: &String| {
        head.lines().find_map(|line| line.strip_prefix("x-timestamp: ")?.parse::<i64>().ok()).unwrap()
    };
    let heads = server.await.unwrap();
    assert!(at(&heads[1]) > at(&heads[0]));
}

#[tokio::test]
async fn a_server_that_is_not_believed_is_not_asked_again_for_now() {
    let bed = Bed::new().await;
    let policy = FetchPolicy { patience: Duration::from_secs(60), ..loopback_allowed() };
    let fetcher = Fetcher::new(Arc::clone(&bed.peer), policy);
    let wanted = Wanted::at(&bed.url, bed.log.hash());
    let fetch = fetcher.fetch(&wanted, Timestamp::now());
    let error = tokio::time::timeout(Duration::from_secs(10), fetch).await.unwrap().unwrap_err();
    assert!(matches!(error.attempts[0].error, AttemptError::Untrusted { .. }), "{error}");
    assert!(!error.attempts[0].error.is_final(), "another day it may have another certificate");
}

#[tokio::test]
async fn nobody_is_waited_for_whose_pause_is_longer_than_the_patience() {
    let (url, _server) =
        server_of(vec![answer("429 Slow down\r\nRetry-After: 86400\r\nContent-Length: 0", b"")]).await;
    let policy = FetchPolicy { patience: Duration::from_secs(60), ..http_allowed() };
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), policy);
    let wanted = Wanted::at(url, FileHash([1; 32]));
    let fetch = fetcher.fetch(&wanted, Timestamp::now());
    let error = tokio::time::timeout(Duration::from_secs(10), fetch).await.unwrap().unwrap_err();
    assert!(!error.attempts[0].error.is_final(), "it may be asked another day");
}

#[tokio::test]
async fn when_the_patience_is_over_nobody_else_is_asked() {
    let hangs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hangs.local_addr().unwrap().port();
    let urls = ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{port}/x"));
    let bed = Bed::new().await;
    let policy = FetchPolicy { timeout: Duration::from_millis(200), ..http_allowed() };
    let error = bed.fetch(policy, &[&urls[0], &urls[1]]).await.unwrap_err();
    assert_eq!(error.attempts.len(), 1, "{error}");
}

#[tokio::test]
async fn a_ledger_that_does_not_tell_who_has_a_copy_is_not_waited_for_long() {
    struct Silent;
    #[async_trait]
    impl Copies for Silent {
        async fn find(&self, _: &Wanted) -> Holders {
            std::future::pending().await
        }
    }
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), loopback_allowed());
    let wanted = wanted(PeerKey([1; 32]), FileHash([1; 32]), &["ftp://peer-a.example/x"]);
    let fetch = fetcher.fetch_with(&wanted, &Silent, Timestamp::now());
    assert!(tokio::time::timeout(Duration::from_secs(15), fetch).await.unwrap().is_err());
}

#[tokio::test]
async fn of_many_downloads_only_so_many_go_on_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (open_now, seen) = (Arc::clone(&open), Arc::clone(&most));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (open, most) = (Arc::clone(&open_now), Arc::clone(&seen));
            tokio::spawn(async move {
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                head(&mut stream).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                open.fetch_sub(1, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx").await;
            });
        }
    });
    let policy = FetchPolicy { at_once_per_host: 3, ..http_allowed() };
    let fetcher = Arc::new(Fetcher::new(Arc::new(Identity::generate().unwrap()), policy));
    let mut downloads = tokio::task::JoinSet::new();
    for number in 0..20 {
        let fetcher = Arc::clone(&fetcher);
        downloads.spawn(async move {
            let wanted = Wanted::at(format!("http://{address}/logs/{number}"), FileHash::of(b"x"));
            fetcher.fetch(&wanted, Timestamp::now()).await.is_ok()
        });
    }
    assert!(downloads.join_all().await.into_iter().all(|ok| ok));
    assert!(most.load(Ordering::SeqCst) <= 3, "{most:?}");
}
