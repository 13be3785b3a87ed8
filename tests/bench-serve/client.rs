//! HTTP/1.1 over TLS, and no more of it than a benchmark needs, so that the client is not what is measured.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use rustls::{ClientConfig, crypto::ring};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::bed::Bed;

const MAX_HEAD: usize = 8 * 1024;

/// Connects to one server.
#[derive(Clone)]
pub(crate) struct Client {
    tls: TlsConnector,
    server: SocketAddr,
}

/// A connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: usize,
}

impl Client {
    pub(crate) fn new(bed: &Bed, port: u16) -> anyhow::Result<Self> {
        Self::trusting(Arc::clone(&bed.roots), port)
    }

    pub(crate) fn trusting(roots: Arc<rustls::RootCertStore>, port: u16) -> anyhow::Result<Self> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Every connection is a newcomer's.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), server: (Ipv4Addr::LOCALHOST, port).into() })
    }

    /// A TCP connection from an address of loopback.
    pub(crate) async fn reach(&self, from: Ipv4Addr) -> anyhow::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect(self.server).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    pub(crate) async fn connect(&self, from: Ipv4Addr) -> anyhow::Result<Connection> {
        let stream = self.reach(from).await?;
        let name = ServerName::try_from("127.0.0.1")?;
        let stream = self.tls.connect(name, stream).await.context("TLS handshake")?;
        Ok(Connection { stream, buffer: vec![0; 64 * 1024] })
    }
}

impl Connection {
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) async fn ask(&mut self, head: &[u8]) -> anyhow::Result<Answer> {
        self.send(head).await.context("sending a request")?;
        let mut filled = 0;
        let end = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.context("reading an answer")?;
            ensure!(read > 0, "the connection was closed before an answer came");
            filled += read;
            if let Some(end) = self.buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            ensure!(filled < MAX_HEAD, "an answer's head has no end");
        };
        let (status, bytes) = parse(&self.buffer[..end])?;
        let mut left = bytes.checked_sub(filled - end).context("more came than was announced")?;
        while left > 0 {
            let wanted = left.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..wanted]).await.context("reading a body")?;
            ensure!(read > 0, "an answer was cut off");
            left -= read;
        }
        Ok(Answer { status, bytes })
    }
}

/// Status and length of a body.
fn parse(head: &[u8]) -> anyhow::Result<(u16, usize)> {
    let head = str::from_utf8(head).context("an answer's head is no text")?;
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).context("an answer without a status")?;
    for line in lines {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok((status.parse()?, value.trim().parse()?));
        }
    }
    bail!("an answer without a length: {head}")
}
