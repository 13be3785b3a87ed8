//! From a URL to a connection with its host.

use std::{io, sync::Arc, time::Duration};

use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use url::Url;

use super::{AttemptError, FetchPolicy, errand::Errand, tls};
use crate::domain::{PeerKey, host_of};

/// Most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 4;
/// How long one address may take to accept a connection before the next is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection, whether TLS is on it or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Opens a connection to the host of a URL: with TLS where the URL says `https`, else as far as the policy allows it.
pub(super) async fn open(
    url: &Url,
    policy: &FetchPolicy,
    pinned: Option<PeerKey>,
    errand: &mut Errand<'_>,
) -> Result<Box<dyn Stream>, AttemptError> {
    let is_https = url.scheme() == "https";
    if !is_https && !policy.allow_http {
        return Err(AttemptError::PlainHttp);
    }
    let host = host_of(url);
    let stream = connect(host, url.port_or_known_default().unwrap_or(443), policy, errand).await?;
    Ok(if is_https { Box::new(secure(stream, host, policy, pinned).await?) } else { Box::new(stream) })
}

/// Connects to the very address that was checked, so that no second look at the name can change it.
async fn connect(
    host: &str,
    port: u16,
    policy: &FetchPolicy,
    errand: &mut Errand<'_>,
) -> Result<TcpStream, AttemptError> {
    let unresolved = |source| AttemptError::Resolve { host: host.to_owned(), source };
    let resolved = lookup_host((host, port)).await.map_err(unresolved)?;
    let mut outcome = unresolved(io::Error::from(io::ErrorKind::NotFound));
    for address in resolved.take(MAX_ADDRESSES) {
        if !policy.may_connect(address.ip()) {
            outcome = AttemptError::Internal { address: address.ip() };
            continue;
        }
        if !errand.may_ask(address.ip()) {
            outcome = AttemptError::LeftAlone { address: address.ip() };
            continue;
        }
        let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return Ok(stream),
            Err(source) => outcome = AttemptError::Connect { address, source },
        }
    }
    Err(outcome)
}

/// Puts TLS on a connection, with whom an authority vouches for or with `pinned`.
async fn secure(
    stream: TcpStream,
    host: &str,
    policy: &FetchPolicy,
    pinned: Option<PeerKey>,
) -> Result<impl Stream + use<>, AttemptError> {
    let host = host.to_owned();
    let name = match ServerName::try_from(host.clone()) {
        Ok(name) => name,
        Err(source) => return Err(AttemptError::TlsSetup { host, source: source.into() }),
    };
    let config = match tls::client_config(Arc::clone(&policy.roots), pinned) {
        Ok(config) => config,
        Err(source) => return Err(AttemptError::TlsSetup { host, source: source.into() }),
    };
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = timeout(HANDSHAKE_TIMEOUT, handshake).await;
    stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| {
        match error.downcast::<rustls::Error>() {
            Ok(source @ rustls::Error::InvalidCertificate(_)) => AttemptError::Untrusted { host, source },
            Ok(source) => AttemptError::Tls { host, source: io::Error::other(source) },
            Err(source) => AttemptError::Tls { host, source },
        }
    })
}
