//! Somebody asks a web server for pages.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::timeout,
};

use super::{Host, WEB_PORT};

/// How long an answer may take: far longer than the lab needs.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest answer that is looked at, in bytes.
const LONGEST: u64 = 64 * 1024;

/// A client of a web server, at an address of a host.
#[derive(Clone, Copy)]
pub struct Browser<'a> {
    host: &'a Host,
    own: IpAddr,
    server: IpAddr,
}

impl<'a> Browser<'a> {
    /// At `host`, by its address `own`.
    #[must_use]
    pub fn at(host: &'a Host, own: impl Into<IpAddr>, server: impl Into<IpAddr>) -> Self {
        Self { host, own: own.into(), server: server.into() }
    }

    /// Asks for a page; the status of the answer, nothing when there is none.
    ///
    /// # Errors
    /// When that cannot be tried.
    pub async fn get(&self, path: &str) -> anyhow::Result<Option<u16>> {
        self.ask(format!("GET {path} HTTP/1.0\r\nUser-Agent: Mozilla/5.0\r\n\r\n")).await
    }

    /// The same as this user.
    ///
    /// # Errors
    /// As [`Browser::get`].
    pub async fn log_in(&self, path: &str, user: &str, password: &str) -> anyhow::Result<Option<u16>> {
        let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let request = format!(
            "GET {path} HTTP/1.0\r\nUser-Agent: Mozilla/5.0\r\nAuthorization: Basic {credentials}\r\n\r\n"
        );
        self.ask(request).await
    }

    async fn ask(&self, request: String) -> anyhow::Result<Option<u16>> {
        let (own, server) = (SocketAddr::new(self.own, 0), SocketAddr::new(self.server, WEB_PORT));
        let answer = async move { timeout(PATIENCE, exchange(own, server, &request)).await };
        let answer = self.host.namespace.run(answer).await?;
        // Who is shut out gets no answer, or no connection.
        let Ok(Ok(answer)) = answer else { return Ok(None) };
        let status = answer.split(' ').nth(1).with_context(|| format!("no HTTP: {answer}"))?;
        Ok(Some(status.parse().with_context(|| format!("no HTTP: {answer}"))?))
    }
}

async fn exchange(own: SocketAddr, server: SocketAddr, request: &str) -> io::Result<String> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(own)?;
    let mut connection = socket.connect(server).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
