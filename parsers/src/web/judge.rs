//! What a request was: an attack by the rules, a refusal by the server, or nothing to tell of.

use super::Request;
use super::rules::{Match, WebRules};
use crate::Kind;
use crate::event::{Finding, Private};

/// The event that a request is, if it is one.
pub(crate) fn judge<'a>(request: &Request<'a>, rules: &WebRules) -> Option<Finding<'a>> {
    match rules.strongest(request) {
        Some(found) => Some(finding(found.kind, request, Some(&found))),
        None => Some(finding(refusal(request)?, request, None)),
    }
}

/// What the server's answer says.
fn refusal(request: &Request<'_>) -> Option<Kind> {
    match request.status {
        400 | 405 | 501 if request.method.is_empty() && request.words != b"-" => Some(Kind::BadRequest),
        400..=599 if request.method == b"CONNECT" => Some(Kind::RelayDenied),
        401 if request.user.is_some() => Some(Kind::FailedLogin),
        401 => Some(Kind::Unauthorized),
        404 | 410 => Some(Kind::NotFound),
        429 => Some(Kind::RateLimited),
        400 | 403 | 405..=499 if request.words != b"-" => Some(Kind::ClientError),
        _ => None,
    }
}

/// The event, with everything marked private that it is not proved by.
fn finding<'a>(kind: Kind, request: &Request<'a>, found: Option<&Match<'a>>) -> Finding<'a> {
    let is_proof = |text: &[u8]| found.is_some_and(|found| found.text.as_ptr_range() == text.as_ptr_range());
    let private = |text: &'a [u8]| (!is_proof(text)).then_some(text);
    let [before, after] = around_proof(request.query, found);
    Finding { user: request.user, port: request.port, ..Finding::new(kind, request.address) }
        .looking_for(request.path)
        .hiding(request.host)
        .hiding(before.map(Private::Query))
        .hiding(after.map(Private::Query))
        .hiding(request.referrer.and_then(private).map(Private::Detail))
        .hiding(Some(Private::Detail(request.rest)))
}

/// What stands in a query before and behind the parameter that is the proof: everything, if it lies elsewhere.
fn around_proof<'a>(query: &'a [u8], found: Option<&Match<'a>>) -> [Option<&'a [u8]>; 2] {
    let offset = |text: &[u8]| text.as_ptr().addr().checked_sub(query.as_ptr().addr());
    match found.and_then(|found| Some((offset(found.text)?, found.text.len()))) {
        Some((start, length)) if start + length <= query.len() && length > 0 => {
            let before = start.checked_sub(1).and_then(|end| query.get(..end));
            [before, query.get(start + length + 1..)]
        }
        _ => [Some(query), None],
    }
}
