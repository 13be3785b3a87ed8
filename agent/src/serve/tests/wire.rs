//! Requests that no library would send, byte by byte.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::serve::tests::bed::head_of;

/// What the server says to these bytes before it closes the connection; nothing when it only closes.
async fn answer_to(bed: &Bed, bytes: &[u8]) -> String {
    let (mut reader, mut writer) = tokio::io::split(bed.connect(b"http/1.1").await.unwrap());
    // The server may have read enough before all of it is written.
    let _ = writer.write_all(bytes).await;
    let _ = writer.flush().await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, reader.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8(answer).unwrap()
}

/// Longer than any of these connections may take, which is the 300 ms that a request head has.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

async fn bed() -> Bed {
    Bed::with(|settings| {
        settings.timeouts.head = std::time::Duration::from_millis(300);
        settings.limits.requests_per_minute = 100;
    })
    .await
}

/// The request head of the peer's own good request, with something in it replaced.
fn spoilt(good: &[u8], part: &str, by: &[u8]) -> Vec<u8> {
    let at = good.windows(part.len()).position(|window| window == part.as_bytes()).unwrap();
    [&good[..at], by, &good[at + part.len()..]].concat()
}

#[tokio::test]
async fn paths_that_no_client_library_sends_name_no_log() {
    let bed = bed().await;
    let path = bed.path_of(&log("abc"));
    let elsewhere = format!("http://127.0.0.1:1{path}");
    for (later, target) in [
        "/logs/..\\..\\etc\\passwd",
        "/logs/\u{2025}/\u{2025}/etc/passwd",
        "/logs/..;/..;/etc/passwd",
        "/logs/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/logs/%252e%252e%252fetc",
        "/logs/....//....//etc/passwd",
        "/mirrors/../logs/ba7816bf8f01cfea",
        "/logs/ba7816bf8f01cfea#x",
        "/logs/ba7816bf8f01cfe\u{ff41}",
        &elsewhere,
        "*",
        "/logs/",
    ]
    .into_iter()
    .enumerate()
    {
        let signed = bed.sign(target, i64::try_from(later).unwrap());
        let answer = answer_to(&bed, &head_of(target, &signed)).await;
        let refused = ["HTTP/1.1 400", "HTTP/1.1 401", "HTTP/1.1 404"];
        assert!(refused.iter().any(|status| answer.starts_with(status)), "{target}: {answer}");
        assert!(!answer.ends_with("abc"), "{target}: {answer}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_next_is_served() {
    let bed = bed().await;
    let path = bed.path_of(&log("abc"));
    let good = |later| head_of(&path, &bed.sign(&path, later));
    for (later, (part, by)) in [
        ("GET ", &b"\x16\x03\x01 "[..]),
        ("GET ", b"G\0T "),
        ("HTTP/1.1", b"HTTP/9.9"),
        ("HTTP/1.1", b""),
        ("Host:", b"Host"),
        ("Host:", b"Content-Length: -1\r\nHost:"),
        ("Host:", b"Content-Length: 1\r\nContent-Length: 2\r\nHost:"),
        ("Host:", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nHost:"),
        ("Host:", b": nameless\r\nHost:"),
        ("Host:", b"X-Nul: \0\r\nHost:"),
        ("Host:", &b"X: y\r\n".repeat(100)),
        ("Host:", &[&b"X: "[..], &[b'y'; 64 * 1024], b"\r\nHost:"].concat()),
        ("Host:", &[&[b'x'; 64 * 1024][..], b": y\r\nHost:"].concat()),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = answer_to(&bed, &spoilt(&good(i64::try_from(later).unwrap()), part, by)).await;
        let shown = by.escape_ascii().to_string().chars().take(60).collect::<String>();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{part} by {shown}: {answer}");
    }
    let answer = answer_to(&bed, &good(60)).await;
    assert!(answer.ends_with("abc"), "{answer}");
}

#[tokio::test]
async fn a_header_of_the_protocol_that_is_huge_is_refused_and_not_repeated() {
    let bed = bed().await;
    let path = bed.path_of(&log("abc"));
    for name in ["x-peer-pubkey", "x-timestamp", "x-signature"] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{name}: {}\r\n\r\n", "1".repeat(12 * 1024));
        let answer = answer_to(&bed, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 422"), "{name}: {answer}");
        assert!(answer.len() < 1024, "{name}: {answer}");
    }
}
