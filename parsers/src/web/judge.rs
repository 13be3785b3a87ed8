//! What a request was: an attack by the rules, a refusal by the server, or nothing to tell of.

use super::Request;
use super::rules::{Match, WebRules};
use crate::Kind;
use crate::event::{Finding, Private};

/// The event that a request is, if it is one.
pub(crate) fn judge<'a>(request: &Request<'a>, rules: &WebRules) -> Option<Finding<'a>> {
    match rules.strongest(request) {
        Some(found) if found.kind == Kind::Exploit && may_be_embedded(request) => {
            Some(finding(Kind::WebProbe, request, Some(&found)))
        }
        Some(found) => Some(finding(found.kind, request, Some(&found))),
        None => Some(finding(refusal(request)?, request, None)),
    }
}

/// Any page can make its visitors' browsers ask for what it likes, by an image or a link: then they name that page, and
/// one such request must not be enough to shut them out.
fn may_be_embedded(request: &Request<'_>) -> bool {
    matches!(request.method, b"GET" | b"HEAD") && request.referrer.is_some()
}

/// What the server's answer says.
fn refusal(request: &Request<'_>) -> Option<Kind> {
    match request.status {
        400 | 405 | 501 if request.method.is_empty() && request.words != b"-" => Some(Kind::BadRequest),
        // What a proxy refuses its own users, by its rules or until they log in, is no abuse of it.
        400..=499 if is_connect(request) && !matches!(request.status, 403 | 407) => Some(Kind::RelayDenied),
        401 if request.user.is_some() => Some(Kind::FailedLogin),
        401 => Some(Kind::Unauthorized),
        404 | 410 => Some(Kind::NotFound),
        429 => Some(Kind::RateLimited),
        400 | 403 | 405..=499 if request.words != b"-" => Some(Kind::ClientError),
        _ => None,
    }
}

fn is_connect(request: &Request<'_>) -> bool {
    request.method == b"CONNECT"
}

/// The event, with everything marked private that it is not proved by.
fn finding<'a>(kind: Kind, request: &Request<'a>, found: Option<&Match<'a>>) -> Finding<'a> {
    let proof = found.map(|found| found.text);
    let is_proof = |text: &[u8]| proof.is_some_and(|proof| proof.as_ptr_range() == text.as_ptr_range());
    let referrer = request.referrer.filter(|referrer| !is_proof(referrer));
    let [before, after] = around_proof(request, proof);
    let target = looked_for(request, proof);
    Finding { user: request.user, port: request.port, target, ..Finding::new(kind, request.address) }
        .hiding(request.host)
        .hiding(before.map(Private::Query))
        .hiding(after.map(Private::Query))
        .hiding(referrer.map(Private::Detail))
        .hiding(Some(Private::Detail(request.rest)))
}

/// What the request was after: a page, or with a payload in its query all of both. Where a proxy's user wants to go
/// says nothing of a search here.
fn looked_for<'a>(request: &Request<'a>, proof: Option<&[u8]>) -> Option<&'a [u8]> {
    let is_in_query = proof.is_some_and(|proof| position(proof, request.query).is_some());
    let target = if is_in_query { request.target } else { request.path };
    Some(target).filter(|_| !is_connect(request))
}

/// What stands in a path or a query before and behind the part that is the proof. Where neither holds it, all of both
/// but the slash in front: paths name users too, and hold tokens.
fn around_proof<'a>(request: &Request<'a>, proof: Option<&[u8]>) -> [Option<&'a [u8]>; 2] {
    let Request { target, path, query, .. } = *request;
    let within = |place| proof.and_then(|proof| Some((position(proof, place)?, proof.len())));
    if let Some((start, length)) = within(query) {
        let before = start.checked_sub(1).and_then(|end| query.get(..end));
        [before, query.get(start + length + 1..)]
    } else if within(path).is_some() {
        [Some(query), None]
    } else {
        [Some(target.strip_prefix(b"/").unwrap_or(target)), None]
    }
}

/// Where in `place` this part of it begins.
fn position(part: &[u8], place: &[u8]) -> Option<usize> {
    let start = part.as_ptr().addr().checked_sub(place.as_ptr().addr())?;
    (!part.is_empty() && start + part.len() <= place.len()).then_some(start)
}

#[cfg(test)]
mod tests;
