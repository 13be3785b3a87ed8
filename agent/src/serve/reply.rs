//! How answers are written.

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use futures_util::{Stream, stream};
use serde_json::Value;
use tokio::{fs::File, io::AsyncReadExt};
use warp::{
    Reply,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{self, HeaderName},
    },
    reply::Response,
};

use super::refusal::Refusal;
use crate::store::OpenLog;

/// Bytes that are read from a log, and held in memory for a download, at a time.
const CHUNK_BYTES: u64 = 32 * 1024;

/// A log, streamed from disk, with its digest (RFC 9530).
pub(super) fn download(OpenLog { file, len, hash }: OpenLog) -> Response {
    let mut response = warp::reply::stream(chunks(file, len)).into_response();
    let digest = format!("sha-256=:{}:", BASE64.encode(hash.0));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, len.into());
    set(headers, header::ETAG, &format!("\"{hash}\""));
    set(headers, HeaderName::from_static("content-digest"), &digest);
    response
}

/// A log in pieces, so that no download holds a whole one in memory.
fn chunks(file: std::fs::File, len: u64) -> impl Stream<Item = io::Result<Vec<u8>>> {
    stream::try_unfold((File::from_std(file), len), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(left.min(CHUNK_BYTES)).unwrap_or_default();
        let mut chunk = vec![0; wanted];
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        chunk.truncate(read);
        let left = left - u64::try_from(read).unwrap_or(left);
        Ok(Some((chunk, (file, left))))
    })
}

/// A refusal under its status code, saying why.
pub(super) fn refusal(refusal: &Refusal) -> Response {
    let mut response = error(refusal.status(), &refusal.to_string());
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if refusal.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Sentinel");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// An error in one line of text.
pub(super) fn error(status: StatusCode, text: &str) -> Response {
    json(status, &serde_json::json!({ "error": text }))
}

/// A JSON value.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let body = value.to_string();
    let length = body.len();
    let mut response = body.into_response();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_LENGTH, length.into());
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
