//! Servers that lie, stall, or never end.

use super::*;

/// Fetches from a server of plain HTTP that reads a request head and then answers as `answer` likes.
async fn failure_of<F>(answer: impl FnOnce(TcpStream) -> F + Send + 'static) -> AttemptError
where
    F: Future<Output = ()> + Send + 'static,
{
    failure_within(Duration::from_secs(10), answer).await
}

async fn failure_within<F>(
    timeout: Duration,
    answer: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> AttemptError
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/logs/00112233445566aa", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        answer(stream).await;
    });
    let fetcher =
        Fetcher::new(Arc::new(Identity::generate().unwrap()), FetchPolicy { timeout, ..http_allowed() });
    let mut attempts =
        fetcher.fetch(&Wanted::at(url, FileHash([1; 32])), Timestamp::now()).await.unwrap_err().attempts;
    server.abort();
    attempts.remove(0).error
}

async fn failure_of_text(answer: &'static str) -> AttemptError {
    failure_of(move |mut stream| async move {
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_not_read() {
    let error = failure_of_text("HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\nx").await;
    assert!(matches!(error, AttemptError::TooLarge(TooLarge(20_971_520))), "{error}");
}

#[tokio::test]
async fn a_body_that_is_shorter_than_announced_is_no_log() {
    let error = failure_of_text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").await;
    assert!(matches!(error, AttemptError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_is_longer_than_announced_is_cut_there() {
    let error = failure_of_text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef").await;
    let found = FileHash::of(b"abc");
    assert!(matches!(error, AttemptError::HashMismatch { found: is, .. } if is == found), "{error}");
}

#[tokio::test]
async fn an_endless_body_is_read_only_to_the_largest_size_of_a_log() {
    let error = failure_of(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
        let chunk = [b"8000\r\n".as_slice(), &[b'x'; 0x8000], b"\r\n"].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    })
    .await;
    match error {
        AttemptError::TooLarge(TooLarge(read)) => {
            assert!(read > MAX_LOG_BYTES && read < MAX_LOG_BYTES + 64 * 1024, "{read}");
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let error = failure_of_text("HTTP/1.1 301 Moved\r\nLocation: http://192.168.1.1/\r\n\r\n").await;
    assert!(
        matches!(&error, AttemptError::Redirect { status: 301, location } if location == "http://192.168.1.1/"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun"] {
        let error = failure_within(Duration::from_millis(200), move |mut stream| async move {
            stream.write_all(answer.as_bytes()).await.unwrap();
            std::future::pending().await
        })
        .await;
        assert!(matches!(error, AttemptError::TimedOut(_)), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_few_and_printable_bytes() {
    let error = failure_of(|mut stream| async move {
        let body = format!("\x1b[31m{}", "x".repeat(100_000));
        let head = format!("HTTP/1.1 500 Oops\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    })
    .await;
    match error {
        AttemptError::Status { status: 500, message, .. } => {
            assert_eq!(message.len(), 200);
            assert!(message.starts_with(".[31mxxx"), "{message}");
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_oversized_response_head_is_refused() {
    let error = failure_of(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Filler: ").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    assert!(matches!(error, AttemptError::Http { act: "requesting", .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_only_ever_announces_an_answer_is_given_up() {
    let error = failure_within(Duration::from_millis(300), |mut stream| async move {
        while stream.write_all(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)).await.is_ok() {}
    })
    .await;
    assert!(matches!(error, AttemptError::TimedOut(_)), "{error}");
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up() {
    let error = failure_within(Duration::from_millis(300), |mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(matches!(error, AttemptError::TimedOut(_)), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_every_byte_is_not_taken_up_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/logs/00112233445566aa", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        for asked in 0_usize.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            head(&mut stream).await;
            let status = if asked == 0 { "200 OK" } else { "206 Partial Content" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Range: bytes {asked}-999/1000\r\nContent-Length: {}\r\n\r\nx",
                1000 - asked
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let policy = FetchPolicy { timeout: Duration::from_secs(4), ..http_allowed() };
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), policy);
    let fetched = fetcher.fetch(&Wanted::at(url, FileHash([1; 32])), Timestamp::now()).await;
    assert!(matches!(fetched.unwrap_err().attempts[0].error, AttemptError::TimedOut(_)));
    server.abort();
}

#[tokio::test]
async fn a_server_that_accepts_and_never_shakes_hands_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/logs/00112233445566aa", listener.local_addr().unwrap());
    let policy = FetchPolicy { timeout: Duration::from_millis(200), ..loopback_allowed() };
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), policy);
    let fetched = fetcher.fetch(&Wanted::at(url, FileHash([1; 32])), Timestamp::now()).await;
    assert!(matches!(fetched.unwrap_err().attempts[0].error, AttemptError::TimedOut(_)));
}
