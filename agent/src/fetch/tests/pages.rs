//! Small pages, from servers that mean no good.

use super::*;

/// Answers every connection with these bytes and leaves it open; the URL of a page there, which holds a secret.
async fn server(answer: Vec<u8>) -> url::Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/update?token=s3cret", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(&answer).await;
            open.push(stream);
        }
    });
    url.parse().unwrap()
}

async fn ask(url: &url::Url, policy: &FetchPolicy) -> Result<Page, AttemptError> {
    page(PageRequest { url, authorization: None, pinned: None }, policy).await
}

#[tokio::test]
async fn a_page_comes_with_its_status_and_headers_whatever_they_are() {
    let answer = b"HTTP/1.1 401 Unauthorized\r\nWho: me\r\nContent-Length: 7\r\n\r\nbadauth".to_vec();
    let page = ask(&server(answer).await, &http_allowed()).await.unwrap();
    assert_eq!((page.status, page.body.as_slice()), (401, b"badauth".as_slice()));
    assert_eq!(page.headers["who"], "me");
}

#[tokio::test]
async fn a_page_over_tls_comes_from_whom_an_authority_vouches_for_and_from_nobody_else() {
    let authority = Authority::new();
    let bed = Bed::with(PeerKey([1; 32]), authority.certificates("127.0.0.1")).await;
    let url = format!("{}/health", bed.server.url).parse().unwrap();
    let policy = FetchPolicy { roots: authority.roots, ..loopback_allowed() };
    let page = ask(&url, &policy).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.headers.contains_key(crate::serve::INSTANCE_HEADER), "{:?}", page.headers);
    let error = ask(&url, &loopback_allowed()).await.unwrap_err();
    assert!(matches!(error, AttemptError::Untrusted { .. }), "{error}");
}

#[tokio::test]
async fn of_a_page_without_end_only_the_beginning_is_read() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(1 << 20, b'x');
    let page = ask(&server(answer).await, &http_allowed()).await.unwrap();
    assert_eq!(page.body.len(), 16 * 1024);
}

#[tokio::test]
async fn a_server_that_hangs_costs_its_time_and_no_error_tells_a_secret() {
    let url = server(Vec::new()).await;
    let policy = FetchPolicy { timeout: Duration::from_millis(200), ..http_allowed() };
    for (policy, told) in [(policy, "no answer within"), (loopback_allowed(), "plain http is not allowed")] {
        let error = ask(&url, &policy).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(told) && !text.contains("s3cret"), "{text}");
    }
    let unreachable = "http://127.0.0.1:1/?token=s3cret".parse().unwrap();
    let error = ask(&unreachable, &http_allowed()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
}
