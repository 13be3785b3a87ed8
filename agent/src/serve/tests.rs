use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::{BodyExt, Empty};
use hyper::{Method, Request, StatusCode, body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::version::TLS12;
use tokio::net::TcpStream;

use super::testing::{Directory, log};
use crate::{
    domain::{MAX_LOG_BYTES, MaliciousLog, PeerKey, SignedRequest},
    identity::Identity,
};

mod bed;
mod connections;
mod downloads;
mod floods;
mod proxied;
mod restarts;
mod wire;

use bed::{Bed, headers, now};

#[tokio::test]
async fn an_active_peer_gets_the_log_with_its_size_and_digest() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("abc"));
    let answer = bed.get(&path, &bed.sign(&path, 0)).await;
    assert_eq!((answer.status, answer.body.as_ref()), (StatusCode::OK, b"abc".as_slice()));
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("content-length"), "3");
    assert_eq!(answer.header("etag"), "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
    assert_eq!(answer.header("content-digest"), "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
}

#[tokio::test]
async fn a_log_is_also_served_as_a_mirror_and_each_path_needs_its_own_signature() {
    let bed = Bed::new().await;
    let logs = bed.path_of(&log("abc"));
    let mirrors = logs.replace("/logs/", "/mirrors/");
    assert_eq!(bed.get(&mirrors, &bed.sign(&mirrors, 0)).await.status, StatusCode::OK);
    assert_eq!(bed.get(&mirrors, &bed.sign(&logs, 0)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_log_of_the_largest_size_arrives_whole() {
    let bed = Bed::new().await;
    let large = MaliciousLog::new(vec![b'x'; MAX_LOG_BYTES]).unwrap();
    let path = bed.path_of(&large);
    let answer = bed.get(&path, &bed.sign(&path, 0)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.as_ref() == large.bytes());
}

#[tokio::test]
async fn a_header_that_is_doubled_or_nonsense_is_refused_and_named() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("abc"));
    let signed = bed.sign(&path, 0);
    for (name, value) in [
        ("x-peer-pubkey", "0OIl"),
        ("x-peer-pubkey", "z"),
        ("x-timestamp", "-1"),
        ("x-timestamp", "9223372036854775808"),
        ("x-signature", "1"),
        ("x-signature", "l0OI+/="),
    ] {
        let doubled = bed.send_with(Method::GET, &path, Some(&signed), &[(name, value)]).await;
        assert_eq!(doubled.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(doubled.error().contains(name), "{}", doubled.error());
        let nonsense = bed.send_with(Method::GET, &path, None, &[(name, value)]).await;
        assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(bed.get(&path, &signed).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_timestamp_at_the_edge_of_what_is_allowed_is_good_and_one_beyond_is_not() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("abc"));
    for later in [-290, 290] {
        assert_eq!(bed.get(&path, &bed.sign(&path, later)).await.status, StatusCode::OK);
    }
    for later in [-310, 310, i64::MIN / 4, i64::MAX / 4] {
        assert_ne!(bed.get(&path, &bed.sign(&path, later)).await.status, StatusCode::OK);
    }
}

/// Breaks every rule at once, then mends one after the other: each answer is that of the first rule still broken.
#[tokio::test]
async fn refusals_come_in_the_order_of_the_protocol() {
    let bed = Bed::with(|settings| settings.limits.requests_per_minute = 2).await;
    let path = "/logs/00112233445566aa";
    let stranger = Identity::generate().unwrap();

    let bare = bed.send(Method::GET, path, None).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.error().contains("x-peer-pubkey"), "{}", bare.error());

    let stale = bed.get(path, &stranger.sign_request("elsewhere", now() - 1000)).await;
    assert_eq!(stale.status, StatusCode::UNAUTHORIZED);
    assert!(stale.error().contains("timestamp"), "{}", stale.error());

    let unknown = bed.get(path, &stranger.sign_request("elsewhere", now())).await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN);
    assert!(unknown.error().contains(&stranger.peer_key().to_string()), "{}", unknown.error());

    let foreign = "https://another-server.example:9000/logs/00112233445566aa";
    let unsigned = bed.get(path, &bed.peer.sign_request(foreign, now())).await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    assert!(unsigned.error().contains("signature does not match"), "{}", unsigned.error());
    assert_eq!(unsigned.header("www-authenticate"), "Sentinel");

    let signed = bed.sign(path, 0);
    let missing = bed.get(path, &signed).await;
    assert_eq!(
        (missing.status, missing.error().as_str()),
        (StatusCode::NOT_FOUND, "there is no such log here")
    );

    let replayed = bed.get(path, &signed).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED);
    assert!(replayed.error().contains("used before"), "{}", replayed.error());

    assert_eq!(bed.get(path, &bed.sign(path, 1)).await.status, StatusCode::NOT_FOUND);
    let hasty = bed.get(path, &bed.sign(path, 2)).await;
    assert_eq!(hasty.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((1..=60).contains(&hasty.header("retry-after").parse::<u64>().unwrap()));
}

#[tokio::test]
async fn the_ledger_is_asked_about_unknown_keys_only_when_their_signature_is_good() {
    let (peer, stranger) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    let questions = Arc::new(AtomicUsize::new(0));
    let directory = Directory::Forgetful(HashSet::from([peer.peer_key()]), Arc::clone(&questions));
    let bed = Bed::over(directory, peer, |_| ()).await;
    let asked = || questions.swap(0, Ordering::Relaxed);
    let path = bed.path_of(&log("abc"));

    for signer in [&stranger, &bed.peer] {
        let foreign = bed.get(&path, &signer.sign_request("https://another-server.example/", now())).await;
        assert_eq!((foreign.status, asked()), (StatusCode::UNAUTHORIZED, 0));
    }
    let no_point = SignedRequest { key: PeerKey([0xff; 32]), ..bed.sign(&path, 0) };
    assert_eq!((bed.get(&path, &no_point).await.status, asked()), (StatusCode::UNAUTHORIZED, 0));

    let unknown = bed.get(&path, &stranger.sign_request(&format!("{}{path}", bed.server.url), now())).await;
    assert_eq!((unknown.status, asked()), (StatusCode::FORBIDDEN, 1));
    assert_eq!((bed.get(&path, &bed.sign(&path, 0)).await.status, asked()), (StatusCode::OK, 1));
}

#[tokio::test]
async fn the_eleventh_request_of_a_minute_is_refused() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("abc"));
    for later in 0..10 {
        assert_eq!(bed.get(&path, &bed.sign(&path, later)).await.status, StatusCode::OK);
    }
    assert_eq!(bed.get(&path, &bed.sign(&path, 10)).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_download_that_would_cross_the_quota_is_refused_before_its_first_byte() {
    let bed = Bed::with(|settings| settings.limits.bytes_per_day = 10).await;
    let (small, large) = (bed.path_of(&log("123456")), bed.path_of(&log("12345")));
    assert_eq!(bed.get(&small, &bed.sign(&small, 0)).await.status, StatusCode::OK);
    let refused = bed.get(&large, &bed.sign(&large, 0)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.error().contains("10 bytes a day"), "{}", refused.error());
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn bad_signatures_count_against_their_source_and_never_against_the_peer_they_name() {
    let bed = Bed::with(|settings| settings.limits.refusals_per_minute = 20).await;
    let path = bed.path_of(&log("abc"));
    let forged = bed.peer.sign_request("https://elsewhere.example/", now());
    for _ in 0..19 {
        assert_eq!(bed.get(&path, &forged).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(bed.get(&path, &bed.sign(&path, 0)).await.status, StatusCode::OK);
    assert_eq!(bed.get(&path, &forged).await.status, StatusCode::UNAUTHORIZED);
    let refused = bed.get(&path, &forged).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.error().contains("this address"), "{}", refused.error());
}

#[tokio::test]
async fn what_is_no_id_names_no_log_even_when_it_is_signed_for() {
    let bed = Bed::with(|settings| settings.limits.requests_per_minute = 100).await;
    let path = bed.path_of(&log("abc"));
    for path in [
        "/logs/..%2F..%2Fetc%2Fpasswd",
        "/logs/../../etc/passwd",
        "/logs/",
        "/mirrors/%62a7816bf8f01cfea",
        "/logs/BA7816BF8F01CFEA",
        "/logs/ba7816bf8f01cfea/",
        "/logs/ba7816bf8f01cfea.log",
        "/logs//ba7816bf8f01cfea",
        "/logs/mirrors/ba7816bf8f01cfea",
        "/logs/ba7816bf8f01cfea%2fmetadata",
        "/logs/ba7816bf8f01cfea/metadata/",
        "/logs/ba7816bf8f01cfea%00",
        &format!("{path}?x=1"),
    ] {
        assert_eq!(bed.get(path, &bed.sign(path, 0)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_and_other_methods_are_refused() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("abc"));
    let nonsense = Method::from_bytes(b"SELECT").unwrap();
    for method in
        [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH, Method::TRACE, nonsense]
    {
        for path in [path.as_str(), "/health"] {
            let answer = bed.send(method.clone(), path, None).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.header("allow"), "GET, HEAD");
        }
    }
    for path in ["/", "/log", "/health/x", "/metrics", "//logs", "/%6cogs/00112233445566aa"] {
        let answer = bed.send(Method::GET, path, None).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::NOT_FOUND, "there is nothing here")
        );
    }
}

#[tokio::test]
async fn anybody_may_ask_how_the_server_is() {
    let bed = Bed::new().await;
    bed.path_of(&log("abc"));
    let answer = bed.send(Method::GET, "/health", None).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
    let health: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(health, serde_json::json!({ "status": "ok", "logs": 1 }));
}

#[tokio::test]
async fn without_the_ledger_nobody_is_let_in_and_the_answer_says_so() {
    let bed = Bed::over(Directory::Unreachable, Identity::generate().unwrap(), |_| ()).await;
    let path = bed.path_of(&log("abc"));
    let answer = bed.get(&path, &bed.sign(&path, 0)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.error().contains("ledger"), "{}", answer.error());
}

#[tokio::test]
async fn tls_1_2_is_spoken_too() {
    let bed = Bed::new().await;
    let stream = TcpStream::connect(bed.server.address).await.unwrap();
    let stream = bed.secure(stream, b"http/1.1", &[&TLS12]).await.unwrap();
    assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
}

#[tokio::test]
async fn http2_is_spoken_too() {
    let bed = Bed::new().await;
    let path = bed.path_of(&log("abc"));
    let stream = bed.connect(b"h2").await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for (later, method, body) in [(0, Method::GET, "abc"), (1, Method::HEAD, ""), (2, Method::GET, "abc")] {
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{path}", bed.server.url).parse().unwrap();
        *request.headers_mut() = headers(&bed.sign(&path, later));
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(
            (response.status(), response.headers()["content-length"].as_bytes()),
            (StatusCode::OK, &b"3"[..])
        );
        assert_eq!(response.collect().await.unwrap().to_bytes(), body);
    }
}
