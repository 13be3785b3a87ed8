//! Clients that are slow, large or many, and a server that stops.

use std::time::Duration;

use hyper::{Method, StatusCode};
use rustls::ALL_VERSIONS;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::bed::{Bed, head_of};
use crate::domain::{MAX_LOG_BYTES, MaliciousLog};

/// Reads until the server closes the connection, however rudely.
async fn read_to_close(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn a_client_that_never_begins_tls_is_cut_off() {
    let bed = Bed::with(|settings| settings.timeouts.handshake = Duration::from_millis(200)).await;
    let mut stream = TcpStream::connect(bed.server.address).await.unwrap();
    assert!(read_to_close(&mut stream).await.is_empty());
}

/// Sends `start` at once, then `trickle` byte by byte, and returns what came until the server closed.
async fn answer_to_a_trickle(start: &[u8], trickle: &'static [u8]) -> Vec<u8> {
    let bed = Bed::with(|settings| settings.timeouts.head = Duration::from_millis(300)).await;
    let (mut reader, mut writer) = tokio::io::split(bed.connect(b"http/1.1").await.unwrap());
    writer.write_all(start).await.unwrap();
    let trickling = tokio::spawn(async move {
        for byte in trickle.iter().chain(std::iter::repeat(&b'x')) {
            if writer.write_all(&[*byte]).await.is_err() || writer.flush().await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let answer = read_to_close(&mut reader).await;
    trickling.abort();
    answer
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off() {
    assert!(answer_to_a_trickle(b"", b"GET /health HTTP/1.1\r\nX-Filler: ").await.is_empty());
    assert!(answer_to_a_trickle(b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.is_empty());
}

#[tokio::test]
async fn a_body_that_trickles_in_is_not_waited_for() {
    let head = b"GET /health HTTP/1.1\r\nHost: peer-a.example\r\nContent-Length: 1000000\r\n\r\n";
    let answer = String::from_utf8(answer_to_a_trickle(head, b"").await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_off() {
    let bed = Bed::with(|settings| settings.timeouts.stall = Duration::from_millis(300)).await;
    let large = MaliciousLog::new(vec![b'x'; MAX_LOG_BYTES]).unwrap();
    let path = bed.path_of(&large);
    let socket = TcpSocket::new_v4().unwrap();
    // Else the kernel might take the whole log on behalf of a client that does not.
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let socket = socket.connect(bed.server.address).await.unwrap();
    let mut stream = bed.secure(socket, b"http/1.1", ALL_VERSIONS).await.unwrap();
    stream.write_all(&head_of(&path, &bed.sign(&path, 0))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(read_to_close(&mut stream).await.len() < MAX_LOG_BYTES);
}

#[tokio::test]
async fn an_oversized_head_is_refused() {
    let bed = Bed::new().await;
    let (mut reader, mut writer) = tokio::io::split(bed.connect(b"http/1.1").await.unwrap());
    let head = format!("GET /health HTTP/1.1\r\nX-Filler: {}\r\n\r\n", "x".repeat(1024 * 1024));
    let sending = tokio::spawn(async move { writer.write_all(head.as_bytes()).await });
    let answer = String::from_utf8(read_to_close(&mut reader).await).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let _ = sending.await.unwrap();
    assert_eq!(bed.send(Method::GET, "/health", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_source_that_holds_all_its_connections_gets_no_more() {
    let bed = Bed::with(|settings| settings.connections_per_source = 1).await;
    let held = bed.connect(b"http/1.1").await.unwrap();
    assert!(bed.connect(b"http/1.1").await.is_err());
    drop(held);
    let mut tries = 0;
    while bed.connect(b"http/1.1").await.is_err() {
        tries += 1;
        assert!(tries < 100, "the connection that was closed still counts");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_began_and_takes_nothing_new() {
    let mut bed = Bed::new().await;
    let large = MaliciousLog::new(vec![b'x'; MAX_LOG_BYTES]).unwrap();
    let path = bed.path_of(&large);
    let mut idle = bed.connect(b"http/1.1").await.unwrap();
    let mut download = bed.connect(b"http/1.1").await.unwrap();
    download.write_all(&head_of(&path, &bed.sign(&path, 0))).await.unwrap();
    download.read_exact(&mut [0; 1024]).await.unwrap();

    bed.server.stop();
    assert!(read_to_close(&mut idle).await.is_empty());
    assert!(TcpStream::connect(bed.server.address).await.is_err());
    let rest = read_to_close(&mut download).await;
    assert!(rest.len() > MAX_LOG_BYTES - 1024 && rest.ends_with(b"xxxx"), "{} bytes", rest.len());
    bed.server.stopped().await;
}

#[tokio::test]
async fn a_stopping_server_does_not_wait_for_ever() {
    let mut bed = Bed::with(|settings| settings.timeouts.drain = Duration::from_millis(200)).await;
    let path = bed.path_of(&MaliciousLog::new(vec![b'x'; MAX_LOG_BYTES]).unwrap());
    let mut download = bed.connect(b"http/1.1").await.unwrap();
    download.write_all(&head_of(&path, &bed.sign(&path, 0))).await.unwrap();
    download.read_exact(&mut [0; 1024]).await.unwrap();
    bed.server.stop();
    bed.server.stopped().await;
    assert!(read_to_close(&mut download).await.len() < MAX_LOG_BYTES - 1024);
}
