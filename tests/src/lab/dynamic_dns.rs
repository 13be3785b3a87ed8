//! A dynamic DNS service, as far as its customers see it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::Host;

/// Port that it answers on.
pub const DYNAMIC_DNS_PORT: u16 = 8053;

/// Longest request that it reads, in bytes.
const MAX_HEAD: usize = 8192;

/// The service, on loopback of a host; it answers as dyndns2 does.
pub struct DynamicDns {
    requests: Arc<Mutex<Vec<String>>>,
}

impl DynamicDns {
    /// Begins to answer at `host`.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(host: &Host) -> anyhow::Result<Self> {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let listener = host.namespace.run(TcpListener::bind(("127.0.0.1", DYNAMIC_DNS_PORT))).await?;
        let listener = listener.context("starting the dynamic DNS service")?;
        let seen = Arc::clone(&requests);
        host.namespace
            .run(async move {
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        // Whoever breaks off has not updated anything.
                        if let Ok(request) = answer(stream).await {
                            seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                        }
                    }
                });
            })
            .await?;
        Ok(Self { requests })
    }

    /// The heads of all requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(mut stream: TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
        head.push(stream.read_u8().await?);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngood").await?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}
