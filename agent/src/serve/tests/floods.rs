//! Clients that send much and ask for nothing, over HTTP/2 and HTTP/1.1.

use std::time::Duration;

use hyper::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use super::bed::{Bed, head_of};
use crate::{
    identity::Identity,
    serve::{ServerSettings, testing::Directory},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET /health` in HPACK without compression.
fn health() -> Vec<u8> {
    // :method GET and :scheme https from the static table, :path and :authority as literals.
    let mut block = vec![0x82, 0x87, 0x04, 7];
    block.extend(b"/health");
    block.extend([0x01, 4]);
    block.extend(b"peer");
    block
}

async fn connect(bed: &Bed) -> TlsStream<TcpStream> {
    let mut stream = bed.connect(b"h2").await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

/// Sends as fast as it can what `next` gives, until the server has had enough; says how many bytes that took.
async fn flood(stream: TlsStream<TcpStream>, mut next: impl FnMut(u32) -> Vec<u8>) -> usize {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let reading = tokio::spawn(async move {
        let mut scrap = vec![0; 64 * 1024];
        while matches!(reader.read(&mut scrap).await, Ok(1..)) {}
    });
    let mut sent = 0;
    for number in 0.. {
        let bytes = next(number);
        sent += bytes.len();
        assert!(sent < 64 << 20, "the server listens for ever");
        let writing = async { writer.write_all(&bytes).await.and(writer.flush().await) };
        if !matches!(tokio::time::timeout(Duration::from_secs(5), writing).await, Ok(Ok(()))) {
            break;
        }
    }
    reading.abort();
    sent
}

/// However it ended, others are served.
async fn is_well(bed: &Bed) -> bool {
    bed.send(Method::GET, "/health", None).await.status == StatusCode::OK
}

/// Whether the server drops our connections before long: what a connection was for shows at its end. Asks for
/// something each time, as connections for nothing count.
async fn is_shut_out(bed: &Bed) -> bool {
    for _ in 0..100 {
        let Ok(mut stream) = bed.connect(b"http/1.1").await else { return true };
        stream.write_all(b"HEAD /health HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        if answer.starts_with(b"HTTP/1.1 429") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn pings_and_settings_without_end_end_the_connection() {
    let bed = Bed::new().await;
    for flooding in [frame(PING, 0, 0, &[7; 8]), frame(SETTINGS, 0, 0, &[])] {
        let batch = flooding.repeat(200);
        let sent = flood(connect(&bed).await, |_| batch.clone()).await;
        assert!(sent < 8 << 20, "{sent} bytes");
        assert!(is_well(&bed).await);
    }
}

#[tokio::test]
async fn headers_that_go_on_without_end_end_the_connection() {
    let bed = Bed::new().await;
    let sent = flood(connect(&bed).await, |number| match number {
        0 => frame(HEADERS, END_STREAM, 1, &health()),
        // One more literal header a frame, which is never the last.
        _ => frame(CONTINUATION, 0, 1, &[&[0x00, 1, b'x', 100][..], &[b'x'; 100]].concat()),
    })
    .await;
    assert!(sent < 8 << 20, "{sent} bytes");
    assert!(is_well(&bed).await);
}

#[tokio::test]
async fn streams_that_are_reset_as_soon_as_they_are_opened_end_the_connection() {
    let bed = Bed::new().await;
    let sent = flood(connect(&bed).await, |number| {
        let stream = 2 * number + 1;
        let open = frame(HEADERS, END_STREAM | END_HEADERS, stream, &health());
        [open, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
    })
    .await;
    assert!(sent < 32 << 20, "{sent} bytes");
    assert!(is_well(&bed).await);
}

#[tokio::test]
async fn a_source_that_floods_is_told_to_wait_and_then_cut_off_before_its_handshake() {
    let bed = Bed::with(|settings| settings.limits.refusals_per_minute = 3).await;
    let path = "/logs/00112233445566aa";
    for _ in 0..3 {
        assert_eq!(bed.send(Method::GET, path, None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 0..3 {
        let waits = bed.send(Method::GET, path, None).await;
        assert_eq!((waits.status, waits.header("connection")), (StatusCode::TOO_MANY_REQUESTS, "close"));
    }
    assert!(bed.connect(b"http/1.1").await.is_err());
}

#[tokio::test]
async fn handshakes_that_fail_count_too() {
    let bed = Bed::with(|settings| settings.limits.refusals_per_minute = 20).await;
    for _ in 0..40 {
        let mut stream = TcpStream::connect(bed.server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    assert!(is_shut_out(&bed).await, "what came over these connections was no TLS");
}

#[tokio::test]
async fn handshakes_after_which_nothing_is_asked_count_too() {
    for protocol in [&b"http/1.1"[..], b"h2"] {
        let bed = Bed::with(|settings| settings.limits.refusals_per_minute = 20).await;
        for _ in 0..40 {
            drop(bed.connect(protocol).await.unwrap());
        }
        assert!(is_shut_out(&bed).await, "these handshakes were for nothing");
    }
}

#[tokio::test]
async fn what_anybody_may_ask_is_answered_five_times_as_often_as_a_refusal_and_then_no_more() {
    let bed = Bed::with(|settings| settings.limits.refusals_per_minute = 3).await;
    for asked in 0..15 {
        let (method, path, status) = [
            (Method::GET, "/health", StatusCode::OK),
            (Method::GET, "/nothing", StatusCode::NOT_FOUND),
            (Method::POST, "/logs/00112233445566aa", StatusCode::METHOD_NOT_ALLOWED),
        ][asked % 3]
            .clone();
        assert_eq!(bed.send(method, path, None).await.status, status, "request {asked}");
    }
    for path in ["/health", "/nothing", "/logs/00112233445566aa"] {
        let waits = bed.send(Method::POST, path, None).await;
        assert_eq!((waits.status, waits.header("connection")), (StatusCode::TOO_MANY_REQUESTS, "close"));
        assert!((1..=60).contains(&waits.header("retry-after").parse::<u64>().unwrap()));
    }
    for _ in 0..3 {
        assert_eq!(bed.send(Method::GET, "/health", None).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(bed.connect(b"http/1.1").await.is_err());
}

#[tokio::test]
async fn a_proven_peer_in_a_hurry_does_not_shut_its_source_out_before_it_floods() {
    let bed = Bed::with(|settings| {
        settings.limits.refusals_per_minute = 3;
        settings.limits.requests_per_minute = 1;
    })
    .await;
    let path = "/logs/00112233445566aa";
    assert_eq!(bed.get(path, &bed.sign(path, 0)).await.status, StatusCode::NOT_FOUND);
    for later in 1..=15 {
        let hasty = bed.get(path, &bed.sign(path, later)).await;
        assert!(hasty.error().contains("this peer made 1 requests"), "{}", hasty.error());
    }
    for later in 16..=18 {
        let flood = bed.get(path, &bed.sign(path, later)).await;
        assert!(flood.error().contains("from this address"), "{}", flood.error());
    }
}

#[tokio::test]
async fn that_our_ledger_is_away_is_no_peers_fault() {
    let change = |settings: &mut ServerSettings| settings.limits.refusals_per_minute = 3;
    let bed = Bed::over(Directory::Unreachable, Identity::generate().unwrap(), change).await;
    let path = "/logs/00112233445566aa";
    for later in 0..15 {
        let answer = bed.get(path, &bed.sign(path, later)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(bed.get(path, &bed.sign(path, 15)).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn requests_with_bodies_count_too_and_are_the_last_of_their_connection() {
    let bed = Bed::with(|settings| settings.limits.refusals_per_minute = 20).await;
    for _ in 0..40 {
        let mut stream = bed.connect(b"http/1.1").await.unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nContent-Length: 9\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", answer.escape_ascii());
    }
    assert!(is_shut_out(&bed).await, "nothing was counted");
}

#[tokio::test]
async fn a_flood_of_connections_that_prove_nothing_does_not_keep_a_peer_out() {
    let bed = Bed::with(|settings| settings.connections = 8).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(bed.server.address).await.unwrap());
    }
    let path = bed.path_of(&crate::serve::testing::log("abc"));
    assert_eq!(bed.get(&path, &bed.sign(&path, 0)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_peer_that_holds_all_connections_does_not_keep_another_client_out() {
    let bed = Bed::with(|settings| settings.connections = 9).await;
    let path = "/logs/00112233445566aa";
    let mut held = Vec::new();
    for later in 0..9 {
        let mut stream = bed.connect(b"http/1.1").await.unwrap();
        stream.write_all(&head_of(path, &bed.sign(path, later))).await.unwrap();
        assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        held.push(stream);
    }
    assert!(is_well(&bed).await);
}
