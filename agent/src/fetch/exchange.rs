//! One signed request and its answer.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{self, HeaderValue},
    http::request,
};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use url::Url;

use super::{
    AttemptError, Progress,
    body::{self, IDENTITY, Received},
    connect::Stream,
    error::printable,
};
use crate::domain::{FileHash, LogUrl, SignedRequest};

/// Most bytes of a response head.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// How long the response head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of a refusal that are read.
const MAX_REFUSAL_BYTES: usize = 1024;
/// Longest pause that a server can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// How we introduce ourselves.
pub(super) const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// A request for the log, or for the rest of it when some has been received: that only while it is still the same file.
pub(super) fn request(
    url: &LogUrl,
    signed: &SignedRequest,
    received: &Received,
    file_hash: FileHash,
) -> Result<Request<Empty<Bytes>>, AttemptError> {
    let (host, target) = host_and_target(url.url());
    let request = Request::get(target)
        .header(header::HOST, host)
        .header(header::USER_AGENT, USER_AGENT)
        .header(SignedRequest::KEY_HEADER, signed.key.to_string())
        .header(SignedRequest::TIMESTAMP_HEADER, signed.timestamp.to_string())
        .header(SignedRequest::SIGNATURE_HEADER, bs58::encode(signed.signature).into_string());
    let request = match received.len() {
        0 => request.header(header::ACCEPT_ENCODING, body::accepted()),
        // A range of the file itself, and by our servers' name for it where the answer named only a packed form.
        held => request
            .header(header::ACCEPT_ENCODING, IDENTITY)
            .header(header::RANGE, format!("bytes={held}-"))
            .header(header::IF_RANGE, received.etag.clone().map_or_else(|| named_by(file_hash), Ok)?),
    };
    built(request)
}

/// The request, which has no body.
pub(super) fn built(request: request::Builder) -> Result<Request<Empty<Bytes>>, AttemptError> {
    request.body(Empty::new()).map_err(unmade)
}

/// What keeps a request from being made.
pub(super) fn unmade(source: impl std::error::Error + Send + Sync + 'static) -> AttemptError {
    AttemptError::Http { act: "making the request", source: Box::new(source) }
}

/// What a request for a URL says in its `Host` header and in its first line.
pub(super) fn host_and_target(url: &Url) -> (String, String) {
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = url.host_str().unwrap_or_default();
    (url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")), target)
}

fn named_by(file_hash: FileHash) -> Result<HeaderValue, AttemptError> {
    HeaderValue::from_str(&file_hash.entity_tag()).map_err(unmade)
}

/// Sends the request and adds what comes to what was received, all over a connection that ends with it.
pub(super) async fn exchange(
    stream: Box<dyn Stream>,
    request: Request<Empty<Bytes>>,
    received: &mut Received,
    watcher: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), AttemptError> {
    ask(stream, request, async |response| answered(response, received, watcher).await).await
}

/// Sends the request and has the answer `read`, all over a connection that ends with it.
pub(super) async fn ask<T>(
    stream: Box<dyn Stream>,
    request: Request<Empty<Bytes>>,
    read: impl AsyncFnOnce(Response<Incoming>) -> Result<T, AttemptError>,
) -> Result<T, AttemptError> {
    let failed = |act| move |source: hyper::Error| AttemptError::Http { act, source: source.into() };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(failed("opening HTTP"))?;
    let conversation = async {
        let response = timeout(HEAD_TIMEOUT, sender.send_request(request)).await;
        let response = response.map_err(|_| AttemptError::TimedOut(HEAD_TIMEOUT))?;
        read(response.map_err(failed("requesting"))?).await
    };
    // Both on this task: dropping the attempt drops the connection with it.
    tokio::pin!(conversation, connection);
    tokio::select! {
        outcome = &mut conversation => outcome,
        // The connection is over, whatever it brought is in the conversation's hands.
        _ = &mut connection => conversation.await,
    }
}

async fn answered(
    response: Response<Incoming>,
    received: &mut Received,
    watcher: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), AttemptError> {
    let headers = response.headers();
    match response.status() {
        StatusCode::OK => {
            let coding = body::coding(headers)?;
            let etag = headers.get(header::ETAG).filter(|_| coding.is_none());
            *received = Received::default();
            received.etag = etag.filter(|etag| !etag.as_bytes().starts_with(b"W/")).cloned();
            body::read(response.into_body(), coding, received, watcher).await
        }
        StatusCode::PARTIAL_CONTENT => {
            let begins = range_begins(headers);
            if begins != Some(received.len()) || body::coding(headers)?.is_some() {
                return Err(AttemptError::WrongRange { held: received.len() });
            }
            body::read(response.into_body(), None, received, watcher).await
        }
        status if status.is_redirection() => Err(redirect(&response)),
        _ => Err(refusal(response).await),
    }
}

/// Where the range begins that an answer holds.
fn range_begins(headers: &HeaderMap) -> Option<usize> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

fn redirect<B>(response: &Response<B>) -> AttemptError {
    let location = response.headers().get(header::LOCATION).map(|value| printable(value.as_bytes()));
    AttemptError::Redirect { status: response.status().as_u16(), location: location.unwrap_or_default() }
}

/// What a refusal says: the text of its JSON `error`, or its body.
async fn refusal(response: Response<Incoming>) -> AttemptError {
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
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
    let message = printable(text.map_or(bytes.as_slice(), str::as_bytes));
    AttemptError::Status { status, message, retry_after }
}

/// `Retry-After` in seconds; our servers never name a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}
