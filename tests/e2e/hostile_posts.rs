//! A peer with karma turns hostile: none of its posts does anything, and none holds up an honest one.

use std::{io::Write as _, net::SocketAddr, time::Duration};

use anyhow::{Context, ensure};
use flate2::{Compression, write::GzEncoder};
use sentinel_agent::domain::FileHash;
use sentinel_tests::lab::{Host, LedgerKind, Settings, Site, unless_interrupted};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::scene::Scene;

const PORT: u16 = 8080;
/// More than an agent has after a megabyte or ten of somebody else's, far less than the bomb unpacks to.
const MOST_MEMORY: u64 = 150_000_000;
const BOMB: usize = 500 << 20;

#[tokio::test]
async fn hostile_posts_of_a_believed_peer_are_refused_with_reasons_and_hold_up_nobody() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let (honest, hostile) = (scene.router(&Site::A).await?, scene.router(&Site::C).await?);
        let trusting = Settings { more: "[fetch]\nallow_http = true\n", ..Settings::default() };
        let onlooker = scene.onlooker_told(&Site::B, trusting).await?;
        serve_badly(&hostile.host).await?;
        let at_home = onlooker.host().listen(PORT).await?;

        scene.attack(&hostile).await?;
        onlooker.did("blocked", "203.0.113.7").await?;
        onlooker.did("liked", "203.0.113.7").await?;
        let posts = onlooker.posts().await?;
        let good_url = posts.first().and_then(|post| post["post"]["log_url"].as_str()).context("C's post")?;
        let tampered = FileHash::of(b"something else");
        let ledger = scene.ledger()?;
        let (own, there) = (SocketAddr::from((Site::B.v4, PORT)), SocketAddr::from((Site::C.v4, PORT)));
        let hostile_posts = [
            ("https://:9000/logs/00112233445566aa".to_owned(), "is not a URL"),
            (format!("http://127.0.0.1:{PORT}/x"), "127.0.0.1 is an internal address"),
            ("http://192.168.1.1/x".to_owned(), "192.168.1.1 is an internal address"),
            (format!("http://{own}/x"), "192.0.2.2 is an internal address"),
            (format!("http://{}:{PORT}/x", Site::B.gateway_v4), "192.0.2.1 is an internal address"),
            (format!("http://{there}/redirect"), "/redirect: the server redirects (302)"),
            (format!("http://{there}/endless"), "/endless: the server sends a log of"),
            (format!("http://{there}/bomb"), "/bomb: the server sends a log of"),
            (format!("http://{there}/hang"), "/hang: no answer within 10s"),
        ];
        // First, since a server that was asked in vain too often is left alone for a while.
        ledger.post(&hostile.agent.identity()?, good_url, tampered).await?;
        onlooker.failed_because(&format!("the ledger says {tampered}")).await?;
        for (log_url, reason) in &hostile_posts {
            ledger.post(&hostile.agent.identity()?, log_url, FileHash::of(reason.as_bytes())).await?;
        }
        scene.attack_from_elsewhere(&honest).await?;

        onlooker.did("blocked", "203.0.113.8").await?;
        for (_, reason) in &hostile_posts {
            onlooker.failed_because(reason).await?;
        }
        let networks = onlooker.networks().await?;
        ensure!(networks == ["203.0.113.7/32", "203.0.113.8/32"], "{networks:?}");
        let failed = onlooker.posts().await?.iter().filter(|post| post["verdict"] == "failed").count();
        ensure!(
            failed == hostile_posts.len() + 1,
            "each hostile post is remembered with its verdict: {failed}"
        );
        ensure!(
            timeout(Duration::from_millis(200), at_home.accept()).await.is_err(),
            "B was made to call itself"
        );
        let memory = onlooker.running()?.resident_memory()?;
        ensure!(memory < MOST_MEMORY, "{memory} bytes");
        Ok(())
    })
    .await
}

/// Answers at the host as each path says.
async fn serve_badly(host: &Host) -> anyhow::Result<()> {
    let (listener, bomb) = (host.listen(PORT).await?, bomb()?);
    let serving = async move {
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever it serves hangs up sooner or later.
                tokio::spawn(answer(stream, bomb.clone()));
            }
        });
    };
    host.namespace.run(serving).await
}

async fn answer(stream: TcpStream, bomb: Vec<u8>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    stream.read_line(&mut request).await?;
    match request.split(' ').nth(1).unwrap_or_default() {
        "/redirect" => {
            let away = format!("HTTP/1.1 302 Found\r\nLocation: http://{}:{PORT}/x\r\n\r\n", Site::B.v4);
            stream.write_all(away.as_bytes()).await?;
        }
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 16 * 1024]).await?;
            }
        }
        "/bomb" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n").await?;
            stream.write_all(&bomb).await?;
        }
        _ => sleep(Duration::from_secs(3600)).await,
    }
    stream.flush().await
}

/// Half a gigabyte of nothing, which travels as half a megabyte.
fn bomb() -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..BOMB / zeros.len() {
        encoder.write_all(&zeros)?;
    }
    Ok(encoder.finish()?)
}
