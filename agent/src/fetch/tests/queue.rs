//! Waiting for one's turn where many want the same log.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::watch;

use super::*;

/// A network in which so many come first, and somebody has a copy from the look on that has this number.
struct Crowd {
    ahead: usize,
    copy: Holder,
    copied_at: usize,
    looks: AtomicUsize,
    news: watch::Sender<()>,
}

#[async_trait]
impl Copies for Crowd {
    async fn find(&self, _: &Wanted) -> Holders {
        if self.looks.fetch_add(1, Ordering::Relaxed) < self.copied_at {
            return Holders::default();
        }
        Holders { to_ask: vec![self.copy.clone()], vouching: 1 }
    }

    async fn ahead(&self) -> usize {
        self.ahead
    }

    fn news(&self) -> BoxFuture<'_, ()> {
        let mut news = self.news.subscribe();
        async move { drop(news.changed().await) }.boxed()
    }
}

/// Who gives the log, "reporter" or "liker", to an agent with so many before it, and how often it looks for copies. It is
/// told of news at once.
async fn giver(ahead: usize, copied_at: usize, has_news: bool) -> (&'static str, usize) {
    let log = log("x");
    let whole = || server_of(vec![answer("200 OK\r\nContent-Length: 1", b"x")]);
    let ((reporter, _serving), (liker, _serving_too)) = (whole().await, whole().await);
    let copy = Holder { url: liker.clone(), peer: Some(PeerKey([2; 32])), claim: Claim::Copy };
    let (looks, news) = (AtomicUsize::new(0), watch::Sender::new(()));
    let crowd = Arc::new(Crowd { ahead, copy, copied_at, looks, news });
    if has_news {
        let crowd = Arc::clone(&crowd);
        tokio::spawn(async move {
            while crowd.news.receiver_count() == 0 {
                tokio::task::yield_now().await;
            }
            crowd.news.send_replace(());
        });
    }
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    let wanted = Wanted::at(&reporter, log.hash());
    let fetched = fetcher.fetch_with(&wanted, &*crowd, Timestamp::now()).await.unwrap();
    assert!(fetched.failures.is_empty());
    let who = if fetched.holder.url == liker { "liker" } else { "reporter" };
    (who, crowd.looks.load(Ordering::Relaxed))
}

#[tokio::test]
async fn who_is_first_asks_the_reporter_without_a_look_for_copies() {
    assert_eq!(giver(0, 0, false).await, ("reporter", 0));
}

#[tokio::test]
async fn who_comes_later_takes_the_log_from_who_has_it_by_then() {
    assert_eq!(giver(1, 0, false).await, ("liker", 1));
}

#[tokio::test]
async fn news_of_a_copy_end_the_wait() {
    assert_eq!(giver(1, 1, true).await, ("liker", 2));
}

#[tokio::test]
async fn when_its_turn_comes_and_nobody_has_a_copy_the_reporter_is_asked() {
    assert_eq!(giver(1, 1, false).await, ("reporter", 1));
}

#[tokio::test]
async fn however_often_a_post_changes_it_is_looked_at_once_a_second() {
    struct Restless(AtomicUsize);
    #[async_trait]
    impl Copies for Restless {
        async fn find(&self, _: &Wanted) -> Holders {
            self.0.fetch_add(1, Ordering::Relaxed);
            Holders::default()
        }
        async fn ahead(&self) -> usize {
            1
        }
        fn news(&self) -> BoxFuture<'_, ()> {
            std::future::ready(()).boxed()
        }
    }
    let bed = Bed::new().await;
    let restless = Restless(AtomicUsize::new(0));
    let fetcher = Fetcher::new(Arc::clone(&bed.peer), loopback_allowed());
    let wanted = wanted(bed.owner, bed.log.hash(), &[&bed.url]);
    let _ = fetcher.fetch_with(&wanted, &restless, Timestamp::now()).await.unwrap();
    let looks = restless.0.load(Ordering::Relaxed);
    assert!((1..=3).contains(&looks), "{looks} looks within two seconds");
}

#[tokio::test]
async fn who_hears_no_news_looks_less_and_less_often() {
    assert_eq!(giver(4, usize::MAX, false).await, ("reporter", 2));
}

#[tokio::test]
async fn a_copy_that_is_slow_to_come_keeps_no_other_log_of_the_reporter_waiting() {
    // One is asked before the reporter, the others when the reporter failed.
    for (ahead, claim) in [(1, Claim::Vouched), (0, Claim::Vouched), (0, Claim::Copy)] {
        let bed = Bed::new().await;
        let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Another name, since a host has its turns, too.
        let url = format!("http://localhost:{}/mirrors/00112233445566aa", slow.local_addr().unwrap().port());
        let copy = Holder { url, peer: Some(PeerKey([2; 32])), claim };
        let crowd =
            Crowd { ahead, copy, copied_at: 0, looks: AtomicUsize::new(0), news: watch::Sender::new(()) };
        let policy = FetchPolicy { at_once_per_host: 1, ..http_allowed() };
        let fetcher = Fetcher::new(Arc::clone(&bed.peer), policy);
        let one = wanted(bed.owner, FileHash([1; 32]), &["http://peer-a.example/x"]);
        let other = wanted(bed.owner, bed.log.hash(), &[&bed.url]);
        tokio::select! {
            _ = fetcher.fetch_with(&one, &crowd, Timestamp::now()) => panic!("it came from nowhere"),
            fetched = async {
                let _asked = slow.accept().await.unwrap();
                let soon = Duration::from_secs(5);
                tokio::time::timeout(soon, fetcher.fetch(&other, Timestamp::now())).await.unwrap()
            } => assert_eq!(fetched.unwrap().log, bed.log),
        }
    }
}

#[tokio::test]
async fn a_copy_that_gets_no_turn_in_time_is_not_waited_for() {
    let policy = FetchPolicy { at_once: 1, timeout: Duration::from_millis(200), ..http_allowed() };
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), policy);
    let _busy = fetcher.turns.take(None, "http://other.example/").await;
    let url = "http://127.0.0.1:1/mirrors/00112233445566aa".to_owned();
    let copy = Holder { url, peer: Some(PeerKey([2; 32])), claim: Claim::Copy };
    let wanted = Wanted { file_hash: FileHash([1; 32]), reporter: None, holders: vec![copy] };
    let fetch = fetcher.fetch(&wanted, Timestamp::now());
    let error = tokio::time::timeout(Duration::from_secs(5), fetch).await.unwrap().unwrap_err();
    let [attempt] = &error.attempts[..] else { panic!("{error}") };
    assert!(matches!(attempt.error, AttemptError::NoTurn(_)), "{error}");
    assert_eq!(attempt.tries, 0, "it was not asked");
}
