//! A log whole, in part, compressed, or not at all because the client has it.

use std::io::Read;

use hyper::{Method, StatusCode};

use super::bed::{Answer, Bed};
use crate::serve::testing::log;

/// Lines as in a log, which compress.
fn lines() -> String {
    "Failed password for user from 203.0.113.7 port 4711 ssh2\n".repeat(2000)
}

/// Asks for `path` with these headers besides the signed ones, `later` seconds from now.
async fn ask(bed: &Bed, method: Method, path: &str, later: i64, headers: &[(&'static str, &str)]) -> Answer {
    bed.send_with(method, path, Some(&bed.sign(path, later)), headers).await
}

async fn get(bed: &Bed, path: &str, later: i64, headers: &[(&'static str, &str)]) -> Answer {
    ask(bed, Method::GET, path, later, headers).await
}

#[tokio::test]
async fn a_download_is_resumed_where_it_was_cut_off() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("0123456789"));
    let whole = get(&bed, &path, 0, &[]).await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let rest = get(&bed, &path, 1, &[("range", "bytes=4-"), ("if-range", whole.header("etag"))]).await;
    assert_eq!((rest.status, rest.body.as_ref()), (StatusCode::PARTIAL_CONTENT, b"456789".as_slice()));
    assert_eq!((rest.header("content-range"), rest.header("content-length")), ("bytes 4-9/10", "6"));
    assert_eq!(rest.header("repr-digest"), whole.header("content-digest"));
    assert!(!rest.headers.contains_key("content-digest"), "it would have to be that of the part");
}

#[tokio::test]
async fn a_part_that_is_not_there_is_refused_with_the_size() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("0123456789"));
    let refused = get(&bed, &path, 0, &[("range", "bytes=10-")]).await;
    assert_eq!(refused.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!((refused.header("content-range"), refused.body.len()), ("bytes */10", 0));
}

#[tokio::test]
async fn who_has_the_log_does_not_get_it_again() {
    let bed = Bed::with(|settings| settings.limits.bytes_per_day = 3).await;
    let path = bed.path_of(&log("abc"));
    let whole = get(&bed, &path, 0, &[]).await;
    let tag = whole.header("etag").to_owned();
    for (later, tags) in [(1, tag.clone()), (2, format!("\"other\", W/{tag}")), (3, "*".to_owned())] {
        let known = get(&bed, &path, later, &[("if-none-match", &tags)]).await;
        assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0), "{tags}");
        assert_eq!(known.header("etag"), tag);
    }
    let other = get(&bed, &path, 4, &[("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status, StatusCode::TOO_MANY_REQUESTS, "the day's three bytes are gone");
}

#[tokio::test]
async fn a_log_is_compressed_for_who_asks_and_costs_what_was_sent() {
    let bed = Bed::with(|settings| settings.limits.bytes_per_day = 200_000).await;
    let text = lines();
    let path = bed.path_of(&log(&text));
    for (later, coding) in [(0, "zstd"), (1, "gzip"), (2, "zstd"), (3, "gzip")] {
        let coded = get(&bed, &path, later, &[("accept-encoding", coding)]).await;
        assert_eq!((coded.status, coded.header("content-encoding")), (StatusCode::OK, coding));
        assert!(coded.body.len() < 4000 && coded.header("etag").starts_with("W/\""));
        assert_eq!(coded.header("vary"), "accept-encoding");
        assert!(
            !coded.headers.contains_key("content-digest") && !coded.headers.contains_key("content-length")
        );
        let mut decoded = Vec::new();
        if coding == "zstd" {
            zstd::stream::copy_decode(&coded.body[..], &mut decoded).unwrap();
        } else {
            flate2::read::GzDecoder::new(&coded.body[..]).read_to_end(&mut decoded).unwrap();
        }
        assert!(decoded == text.as_bytes());
    }
}

#[tokio::test]
async fn a_part_and_a_small_log_are_never_compressed() {
    let bed = Bed::new().await;
    let (large, small) = (bed.path_of(&log(&lines())), bed.path_of(&log("abc")));
    let part = get(&bed, &large, 0, &[("accept-encoding", "zstd"), ("range", "bytes=0-99")]).await;
    assert_eq!((part.status, part.body.len()), (StatusCode::PARTIAL_CONTENT, 100));
    let small = get(&bed, &small, 1, &[("accept-encoding", "zstd")]).await;
    assert!(
        !part.headers.contains_key("content-encoding") && !small.headers.contains_key("content-encoding")
    );
}

#[tokio::test]
async fn a_head_request_tells_what_a_get_would_and_costs_no_bytes() {
    let bed = Bed::with(|settings| settings.limits.bytes_per_day = 3).await;
    let path = bed.path_of(&log("abc"));
    for later in 0..3 {
        let head = ask(&bed, Method::HEAD, &path, later, &[]).await;
        assert_eq!((head.status, head.header("content-length"), head.body.len()), (StatusCode::OK, "3", 0));
        assert!(head.headers.contains_key("etag") && head.headers.contains_key("repr-digest"));
    }
    assert_eq!(get(&bed, &path, 3, &[]).await.status, StatusCode::OK);
    let health = bed.send(Method::HEAD, "/health", None).await;
    assert_eq!((health.status, health.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn the_metadata_of_a_log_need_a_signature_of_their_own() {
    let bed = Bed::new().await;
    let log = log("abc");
    let path = bed.path_of(&log);
    let metadata = format!("{path}/metadata");
    assert_eq!(bed.get(&metadata, &bed.sign(&path, 0)).await.status, StatusCode::UNAUTHORIZED);
    let answer = bed.get(&metadata, &bed.sign(&metadata, 0)).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
    let facts: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = serde_json::json!({ "id": log.hash().log_id(), "file_hash": log.hash(), "bytes": 3 });
    assert_eq!(facts, expected);
    let unknown = "/logs/00112233445566aa/metadata";
    assert_eq!(bed.get(unknown, &bed.sign(unknown, 1)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_client_did_not_take_does_not_count() {
    let bed = Bed::with(|settings| {
        settings.limits.bytes_per_day = 15 << 20;
        settings.timeouts.stall = std::time::Duration::from_millis(300);
    })
    .await;
    let large = crate::domain::MaliciousLog::new(vec![b'x'; crate::domain::MAX_LOG_BYTES]).unwrap();
    let path = bed.path_of(&large);
    drop(bed.begin(&path, &bed.sign(&path, 0)).await);
    let mut tries = 1;
    while bed.get(&path, &bed.sign(&path, tries)).await.status != StatusCode::OK {
        tries += 1;
        assert!(tries < 9, "the bytes that were not taken still count");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
