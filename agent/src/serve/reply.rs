//! How answers other than a log are written.

use serde_json::Value;
use warp::{
    Reply,
    http::{HeaderValue, StatusCode, header},
    reply::Response,
};

use super::refusal::Refusal;

/// A refusal under its status code, saying why.
pub(super) fn refusal(refusal: &Refusal) -> Response {
    let mut response = error(refusal.status(), &refusal.to_string());
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if refusal.ends_connection() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if refusal.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Sentinel");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// The path is one of ours, the method is not.
pub(super) fn method_not_allowed() -> Response {
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed here");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// The path is none of ours.
pub(super) fn nothing_here() -> Response {
    error(StatusCode::NOT_FOUND, "there is nothing here")
}

/// An error in one line of text.
fn error(status: StatusCode, text: &str) -> Response {
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
