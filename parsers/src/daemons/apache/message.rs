//! Messages of the modules: mod_auth_basic, mod_auth_digest, mod_authz_*, mod_cgi, mod_ssl, core, ModSecurity.

use crate::text;

use crate::Kind;
use crate::address::Endpoint;
use crate::daemons::{suhosin, zoneminder};
use crate::event::{Finding, Private};
use crate::web::{Request, WebRules, judge};

/// The beginning of a message, what it tells, and how much of it is needed to tell it again: the rest is private.
const OPENINGS: [(&[u8], Kind); 27] = [
    (b"client denied by server configuration: ", Kind::Forbidden),
    (b"client used wrong authentication scheme: ", Kind::BadProtocol),
    (b"Authorization of user ", Kind::UserNotAllowed),
    (b"invalid qop `", Kind::BadProtocol),
    (b"invalid nonce ", Kind::BadProtocol),
    (b"realm mismatch - got `", Kind::BadProtocol),
    (b"unknown algorithm `", Kind::BadProtocol),
    (b"uri mismatch - <", Kind::BadProtocol),
    (b"script not found or unable to stat: ", Kind::WebProbe),
    (b"attempt to invoke directory as script: ", Kind::WebProbe),
    (b"Got error 'Primary script unknown", Kind::WebProbe),
    (b"Invalid method in request ", Kind::BadRequest),
    (b"request failed: ", Kind::BadRequest),
    (b"Request header ", Kind::BadRequest),
    (b"Client sent malformed Host header", Kind::BadRequest),
    (b"client sent HTTP/1.1 request without hostname ", Kind::BadRequest),
    (b"client sent invalid HTTP/0.9 request: ", Kind::BadRequest),
    (b"SSL library error 1 in handshake ", Kind::BadProtocol),
    (b"No hostname was provided via SNI ", Kind::BadRequest),
    (b"ModSecurity: Access denied ", Kind::FilteredRequest),
    (b"ModSecurity: Warning. ", Kind::FilteredRequest),
    (b"ModSecurity: [file ", Kind::FilteredRequest),
    (b"ModSecurity:  [file ", Kind::FilteredRequest),
    (b"Directory index forbidden by ", Kind::ClientError),
    (b"Cannot serve directory ", Kind::ClientError),
    (b"Negotiation: discovered file", Kind::ClientError),
    (b"SSL Library Error: ", Kind::BadProtocol),
];

pub(super) fn event<'a>(client: Endpoint, text: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let text = text.strip_prefix(b"Digest: ").unwrap_or(text);
    let opening = |(opening, kind): &(&[u8], Kind)| Some((*kind, text.strip_prefix(*opening)?));
    if let Some((kind, rest)) = OPENINGS.iter().find_map(opening) {
        return Some(Finding::at(kind, client).hiding(Some(Private::Detail(rest))));
    }
    user(client, text)
        .or_else(|| application(client, text))
        .or_else(|| script(client, text))
        .or_else(|| request(client, text, rules))
        .or_else(|| server_name(client, text))
        .or_else(|| shell(client, text))
}

/// `user NAME not found[: PATH]`, `user NAME: password mismatch: PATH`, `user NAME: authentication failure for
/// "PATH": ...`,
/// ``user `NAME' in realm `REALM' not found: PATH``. Only the kind depends on where the name ends.
fn user(client: Endpoint, text: &[u8]) -> Option<Finding<'_>> {
    let text = text.strip_prefix(b"user ")?;
    let marks: [(&[u8], Kind); 6] = [
        (b": authentication failure for \"", Kind::FailedLogin),
        (b": password mismatch: ", Kind::FailedLogin),
        (b": authorization failure for \"", Kind::UserNotAllowed),
        (b"' denied by provider: ", Kind::UserNotAllowed),
        (b" not found: ", Kind::InvalidUser),
        (b" not found", Kind::InvalidUser),
    ];
    let found = marks.iter().find_map(|(mark, kind)| Some((text::rfind(text, mark)?, mark.len(), *kind)));
    let (at, length, kind) = found?;
    let (user, path) = (text.get(..at)?, text.get(at + length..)?);
    Some(Finding::at(kind, client).by(user).hiding(Some(Private::Detail(path))))
}

/// What applications write, behind their own level.
fn application(client: Endpoint, text: &[u8]) -> Option<Finding<'_>> {
    if text.starts_with(b"ALERT - ") {
        return suhosin::event(text).filter(|finding| finding.address == client.address);
    }
    let denied = text.strip_prefix(b"WAR ").or_else(|| text.strip_prefix(b"ERR "))?;
    let (kind, rest) = zoneminder::denied(denied)?;
    Some(Finding::at(kind, client).hiding(Some(Private::Detail(rest))))
}

/// `script 'FILE' not found or unable to stat`, `stderr from FILE: script not found or unable to stat`.
fn script(client: Endpoint, text: &[u8]) -> Option<Finding<'_>> {
    let (file, mark): (_, &[u8]) = match text.strip_prefix(b"script '") {
        Some(file) => (file, b"' not found or unable to stat"),
        None => (text.strip_prefix(b"stderr from ")?, b": script not found or unable to stat"),
    };
    let at = text::find(file, mark)?;
    let finding = Finding::at(Kind::WebProbe, client).hiding(Some(Private::Detail(file.get(..at)?)));
    Some(finding.hiding(Some(Private::Detail(file.get(at + mark.len()..)?))))
}

/// Requests for files that are not there, and for paths that are none.
fn request<'a>(client: Endpoint, text: &'a [u8], rules: &WebRules) -> Option<Finding<'a>> {
    let marks: [(&[u8], u16); 4] = [
        (b"File does not exist: ", 404),
        (b"Invalid URI in request ", 400),
        (b"invalid URI path (", 400),
        (b"Invalid URI path (", 400),
    ];
    let (words, status) =
        marks.iter().find_map(|(mark, status)| Some((text.strip_prefix(*mark)?, *status)))?;
    let (target, rest) = without_referrer(words);
    let target = target.strip_suffix(b")").filter(|_| status == 400).unwrap_or(target);
    let whole = Request::of_words(target);
    let request =
        if whole.method.is_empty() { Request { method: b"GET", ..whole }.to(target) } else { whole };
    let request = Request { address: client.address, port: client.port, status, rest, ..request };
    let finding = judge(&request, rules)?;
    Some(if finding.kind == Kind::ClientError {
        Finding { kind: Kind::BadRequest, ..finding }
    } else {
        finding
    })
}

/// `Hostname NAME provided via SNI and hostname NAME provided via HTTP ...`, or none of them.
fn server_name(client: Endpoint, text: &[u8]) -> Option<Finding<'_>> {
    let names = text.strip_prefix(b"Hostname ")?;
    let at = text::find(names, b" provided via SNI")?;
    let rest = names.get(at + b" provided via SNI".len()..)?;
    let finding = Finding::at(Kind::BadRequest, client).hiding(Some(Private::Host(names.get(..at)?)));
    Some(finding.hiding(Some(Private::Detail(rest))))
}

/// What bash says about a function in a header (CVE-2014-6271), behind the shell's name.
fn shell(client: Endpoint, text: &[u8]) -> Option<Finding<'_>> {
    let words = text.get(text::find(text, b": ")? + 2..)?;
    let words = words.strip_prefix(b"warning: ").unwrap_or(words);
    let is_import = words.starts_with(b"error importing function definition for `")
        || words.ends_with(b": ignoring function definition attempt");
    is_import.then(|| Finding::at(Kind::Injection, client))
}

/// Without `, referer: URL` at the end; and the URL.
fn without_referrer(text: &[u8]) -> (&[u8], &[u8]) {
    const MARK: &[u8] = b", referer: ";
    match text::rfind(text, MARK) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + MARK.len()..).unwrap_or_default()),
        None => (text, &[]),
    }
}
