//! Downloads whose connection breaks.

use tokio::time::timeout;

use super::*;

const WHOLE: &[u8] = b"Failed password for user from 203.0.113.7 port 4711 ssh2\n";

/// What comes of these answers, and the requests that they were given to. The pauses in between are random: there is
/// time enough for the longest.
async fn fetched(answers: Vec<Vec<u8>>) -> (Result<Fetched, FetchError>, Vec<String>) {
    let (url, server) = server_of(answers).await;
    let policy = FetchPolicy { timeout: Duration::from_secs(60), ..http_allowed() };
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), policy);
    let fetched = fetcher.fetch(&Wanted::at(url, FileHash::of(WHOLE)), Timestamp::now()).await;
    let requests = timeout(Duration::from_secs(10), server).await;
    (fetched, requests.expect("as many requests as answers").unwrap())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn broken() -> Vec<u8> {
    answer(&format!("200 OK\r\nETag: \"first\"\r\nContent-Length: {}", WHOLE.len()), &WHOLE[..20])
}

fn rest(from: usize) -> Vec<u8> {
    let head = format!(
        "206 Partial Content\r\nContent-Range: bytes {from}-{}/{}\r\nContent-Length: {}",
        WHOLE.len() - 1,
        WHOLE.len(),
        WHOLE.len() - from
    );
    answer(&head, &WHOLE[from..])
}

#[tokio::test]
async fn a_download_goes_on_where_its_connection_broke_with_a_request_of_its_own() {
    let (fetched, heads) = fetched(vec![broken(), rest(20)]).await;
    assert_eq!(fetched.unwrap().log.bytes(), WHOLE);
    assert_eq!(header(&heads[0], "range"), None);
    assert_eq!(header(&heads[1], "range"), Some("bytes=20-"));
    assert_eq!(header(&heads[1], "if-range"), Some("\"first\""));
    assert_eq!(header(&heads[1], "accept-encoding"), Some("identity"));
    let at = |head| header(head, "x-timestamp").unwrap().parse::<i64>().unwrap();
    assert!(at(&heads[1]) > at(&heads[0]), "a signature is good once");
    assert_ne!(header(&heads[0], "x-signature"), header(&heads[1], "x-signature"));
}

#[tokio::test]
async fn a_download_may_break_more_than_once() {
    let pieces = [(20, 30), (30, 40)].map(|(from, to)| {
        let head = format!(
            "206 Partial Content\r\nContent-Range: bytes {from}-56/57\r\nContent-Length: {}",
            57 - from
        );
        answer(&head, &WHOLE[from..to])
    });
    let (fetched, heads) = fetched([vec![broken()], pieces.into(), vec![rest(40)]].concat()).await;
    assert_eq!(fetched.unwrap().log.bytes(), WHOLE);
    assert_eq!(header(&heads[3], "range"), Some("bytes=40-"));
}

#[tokio::test]
async fn a_server_whose_file_has_another_name_by_then_sends_it_anew() {
    let head = format!("200 OK\r\nETag: \"second\"\r\nContent-Length: {}", WHOLE.len());
    let (fetched, _) = fetched(vec![broken(), answer(&head, WHOLE)]).await;
    assert_eq!(fetched.unwrap().log.bytes(), WHOLE);
}

#[tokio::test]
async fn pieces_that_do_not_fit_are_given_up_for_a_download_from_the_beginning() {
    let lie = answer(&format!("200 OK\r\nContent-Length: {}", WHOLE.len()), b"twenty bytes of lies");
    let whole = answer(&format!("200 OK\r\nContent-Length: {}", WHOLE.len()), WHOLE);
    let (fetched, heads) = fetched(vec![lie, rest(20), whole]).await;
    assert_eq!(fetched.unwrap().log.bytes(), WHOLE);
    assert_eq!(header(&heads[1], "if-range"), Some(format!("\"{}\"", FileHash::of(WHOLE)).as_str()));
    assert_eq!(header(&heads[2], "range"), None);
}

#[tokio::test]
async fn a_part_that_was_not_asked_for_is_refused() {
    let (fetched, _) = fetched(vec![broken(), rest(10)]).await;
    let error = fetched.unwrap_err().attempts.remove(0).error;
    assert!(matches!(error, AttemptError::WrongRange { held: 20 }), "{error}");
}

#[tokio::test]
async fn a_connection_that_brings_nothing_at_all_is_not_taken_up_again() {
    let (fetched, heads) = fetched(vec![
        broken(),
        answer("206 Partial Content\r\nContent-Range: bytes 20-56/57\r\nContent-Length: 37", b""),
    ])
    .await;
    assert!(matches!(fetched.unwrap_err().attempts.remove(0).error, AttemptError::Broken { .. }));
    assert_eq!(heads.len(), 2);
}

#[tokio::test]
async fn who_watches_sees_the_log_grow() {
    let (url, _server) =
        server_of(vec![answer(&format!("200 OK\r\nContent-Length: {}", WHOLE.len()), WHOLE)]).await;
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let watcher = Arc::clone(&seen);
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed())
        .watched_by(move |progress| watcher.lock().unwrap().push(progress));
    let _ = fetcher.fetch(&Wanted::at(url, FileHash::of(WHOLE)), Timestamp::now()).await.unwrap();
    let last = Progress { received: WHOLE.len(), expected: Some(WHOLE.len()) };
    assert_eq!(seen.lock().unwrap().last(), Some(&last));
}
