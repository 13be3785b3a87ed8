//! Behind a reverse proxy, which these tests are: who is counted, and by whose word.

use hyper::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::bed::{Bed, head_of};
use crate::serve::testing::log;

const PATH: &str = "/logs/00112233445566aa";

/// A server that takes two refusals from a source, with what proxies it trusts.
async fn bed(trusted: &[&str]) -> Bed {
    Bed::with(|settings| {
        settings.limits.refusals_per_minute = 2;
        settings.trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
    })
    .await
}

/// What becomes of a request without a signature that a proxy says to come from there.
async fn refused(bed: &Bed, forwarded_for: &str) -> StatusCode {
    bed.send_with(Method::GET, PATH, None, &[("x-forwarded-for", forwarded_for)]).await.status
}

#[tokio::test]
async fn limits_count_the_client_behind_a_trusted_proxy_and_nothing_that_it_claims() {
    let bed = bed(&["127.0.0.0/8"]).await;
    for forged in ["", "198.51.100.1, "] {
        assert_eq!(refused(&bed, &format!("{forged}203.0.113.7")).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for forged in ["", "198.51.100.2, ", "127.0.0.1, ", "198.51.100.3, 198.51.100.4, "] {
        assert_eq!(refused(&bed, &format!("{forged}203.0.113.7")).await, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused(&bed, "203.0.113.8").await, StatusCode::UNPROCESSABLE_ENTITY, "others go on");
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_counted_itself_whatever_it_says() {
    let bed = bed(&["192.0.2.0/24"]).await;
    for last in 1..=2 {
        assert_eq!(refused(&bed, &format!("203.0.113.{last}")).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(refused(&bed, "203.0.113.3").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_flood_through_a_proxy_does_not_shut_the_proxy_out() {
    let bed = bed(&["127.0.0.0/8"]).await;
    for _ in 0..8 {
        refused(&bed, "203.0.113.7").await;
    }
    let path = bed.path_of(&log("Failed password for user from 203.0.113.9 port 4711 ssh2\n"));
    let signed = bed.sign(&path, 0);
    let answer =
        bed.send_with(Method::GET, &path, Some(&signed), &[("x-forwarded-for", "203.0.113.8")]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn where_a_proxy_ends_tls_requests_come_in_the_clear_signed_for_the_public_url() {
    let bed = Bed::with(|settings| settings.tls = false).await;
    let text = "Failed password for user from 203.0.113.9 port 4711 ssh2\n";
    let path = bed.path_of(&log(text));
    let mut stream = TcpStream::connect(bed.server.address).await.unwrap();
    let head = String::from_utf8(head_of(&path, &bed.sign(&path, 0))).unwrap();
    stream.write_all(head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(text), "{answer}");
}
