//! One attempt to download a log from one URL.

use std::{io, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{AttemptError, FetchPolicy, tls};
use crate::{
    domain::{LogUrl, MAX_LOG_BYTES, MaliciousLog, PeerKey, SignedRequest, TooLarge},
    identity::Identity,
};

/// Most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 4;
/// How long one address may take to accept a connection before the next is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of a response head.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Most bytes of a refusal that are read, and that are shown of it.
const MAX_REFUSAL_BYTES: usize = 1024;
const MAX_SHOWN_BYTES: usize = 200;

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Downloads whatever `url` serves, signed as `identity` at `now` (Unix seconds). The hash is the caller's to check.
pub(super) async fn download(
    url: &str,
    identity: &Identity,
    policy: &FetchPolicy,
    pinned: &[PeerKey],
    now: i64,
) -> Result<MaliciousLog, AttemptError> {
    let url: LogUrl = url.parse()?;
    if !url.is_https() && !policy.allow_http {
        return Err(AttemptError::PlainHttp);
    }
    let request = request(&url, &identity.sign_request(url.as_str(), now))?;
    let stream = connect(&url, policy).await?;
    if url.is_https() {
        exchange(secure(stream, &url, policy, pinned).await?, request).await
    } else {
        exchange(stream, request).await
    }
}

/// Connects to the very address that was checked, so that no second look at the name can change it.
async fn connect(url: &LogUrl, policy: &FetchPolicy) -> Result<TcpStream, AttemptError> {
    let unresolved = |source| AttemptError::Resolve { host: url.host().to_owned(), source };
    let resolved = lookup_host((url.host(), url.port())).await.map_err(unresolved)?;
    let mut outcome = unresolved(io::Error::from(io::ErrorKind::NotFound));
    for address in resolved.take(MAX_ADDRESSES) {
        if !policy.may_connect(address.ip()) {
            outcome = AttemptError::Internal { address: address.ip() };
            continue;
        }
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => match stream.set_nodelay(true) {
                Ok(()) => return Ok(stream),
                Err(source) => outcome = AttemptError::Connect { address, source },
            },
            Ok(Err(source)) => outcome = AttemptError::Connect { address, source },
            Err(_) => {
                outcome = AttemptError::Connect { address, source: io::ErrorKind::TimedOut.into() };
            }
        }
    }
    Err(outcome)
}

async fn secure(
    stream: TcpStream,
    url: &LogUrl,
    policy: &FetchPolicy,
    pinned: &[PeerKey],
) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static, AttemptError> {
    let host = url.host().to_owned();
    let name = match ServerName::try_from(host.clone()) {
        Ok(name) => name,
        Err(source) => return Err(AttemptError::TlsSetup { host, source: source.into() }),
    };
    let config = match tls::client_config(Arc::clone(&policy.roots), pinned) {
        Ok(config) => config,
        Err(source) => return Err(AttemptError::TlsSetup { host, source: source.into() }),
    };
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    stream.map_err(|error| match error.downcast::<rustls::Error>() {
        Ok(source @ rustls::Error::InvalidCertificate(_)) => AttemptError::Untrusted { host, source },
        Ok(source) => AttemptError::Tls { host, source: io::Error::other(source) },
        Err(source) => AttemptError::Tls { host, source },
    })
}

fn request(url: &LogUrl, signed: &SignedRequest) -> Result<Request<Empty<Bytes>>, AttemptError> {
    let parsed = url.url();
    let target =
        parsed.query().map_or_else(|| parsed.path().to_owned(), |query| format!("{}?{query}", parsed.path()));
    let host = parsed.host_str().unwrap_or_default();
    let host = parsed.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Request::get(target)
        .header(header::HOST, host)
        .header(header::USER_AGENT, USER_AGENT)
        .header(SignedRequest::KEY_HEADER, signed.key.to_string())
        .header(SignedRequest::TIMESTAMP_HEADER, signed.timestamp.to_string())
        .header(SignedRequest::SIGNATURE_HEADER, bs58::encode(signed.signature).into_string())
        .body(Empty::new())
        .map_err(|source| AttemptError::Http { act: "making the request", source: source.into() })
}

/// Sends the request and reads the log, all over a connection that ends with it.
async fn exchange<S>(stream: S, request: Request<Empty<Bytes>>) -> Result<MaliciousLog, AttemptError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let failed = |act| move |source: hyper::Error| AttemptError::Http { act, source: source.into() };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(failed("opening HTTP"))?;
    let conversation = async {
        let response = sender.send_request(request).await.map_err(failed("requesting the log"))?;
        match response.status() {
            StatusCode::OK => read_log(response.into_body()).await,
            status if status.is_redirection() => Err(redirect(&response)),
            _ => Err(refusal(response).await),
        }
    };
    // Both on this task: dropping the attempt drops the connection with it.
    tokio::pin!(conversation, connection);
    tokio::select! {
        outcome = &mut conversation => outcome,
        // The connection is over, whatever it brought is in the conversation's hands.
        _ = &mut connection => conversation.await,
    }
}

/// Reads a log of at most [`MAX_LOG_BYTES`], whatever the headers say about its size.
async fn read_log(mut body: Incoming) -> Result<MaliciousLog, AttemptError> {
    let mut bytes = Vec::new();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_LOG_BYTES {
        return Err(AttemptError::TooLarge(TooLarge(announced)));
    }
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|source| AttemptError::Http { act: "reading the log", source: source.into() })?;
        bytes.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
        if bytes.len() > MAX_LOG_BYTES {
            return Err(AttemptError::TooLarge(TooLarge(bytes.len())));
        }
    }
    MaliciousLog::new(bytes).map_err(AttemptError::TooLarge)
}

fn redirect<B>(response: &Response<B>) -> AttemptError {
    let location = response.headers().get(header::LOCATION).map(|value| printable(value.as_bytes()));
    AttemptError::Redirect { status: response.status().as_u16(), location: location.unwrap_or_default() }
}

/// What a refusal says: the text of its JSON `error`, or its body.
async fn refusal(response: Response<Incoming>) -> AttemptError {
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
        if bytes.len() >= MAX_REFUSAL_BYTES {
            bytes.truncate(MAX_REFUSAL_BYTES);
            break;
        }
    }
    let json: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let text = json.as_ref().and_then(|json| json.get("error")).and_then(serde_json::Value::as_str);
    AttemptError::Status { status, message: printable(text.map_or(bytes.as_slice(), str::as_bytes)) }
}

/// At most 200 bytes of visible ASCII, so that nobody's answer can play with a terminal or a log.
fn printable(bytes: &[u8]) -> String {
    let visible = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
    bytes.iter().take(MAX_SHOWN_BYTES).map(visible).collect()
}
