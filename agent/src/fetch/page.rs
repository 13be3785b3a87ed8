//! One small page of a server, for who wants an answer and no log.

use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Request, Response,
    body::{Bytes, Incoming},
    header::{self, HeaderValue},
};
use tokio::time::timeout;
use url::Url;

use super::{
    AttemptError, FetchPolicy,
    connect::open,
    errand::Errand,
    exchange::{USER_AGENT, ask, built, host_and_target, unmade},
};
use crate::domain::PeerKey;

/// Most bytes of a page that are read; what follows is left unread.
const MAX_BYTES: usize = 16 * 1024;

/// A user's name and password. They are shown to the server alone.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The name, without a colon.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
}

/// Which page, and how to ask for it.
#[derive(Clone, Copy)]
pub struct PageRequest<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// Who asks, where the server has to know.
    pub authorization: Option<Credentials<'a>>,
    /// Whose key the server may show instead of a certificate that an authority vouches for.
    pub pinned: Option<PeerKey>,
}

/// A page as it came, whatever the server meant by it.
#[derive(Debug)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its first 16 KB.
    pub body: Vec<u8>,
}

/// Asks for a page, as `policy` allows: bounded in time and size, from the address that was checked, without following
/// redirects. No error repeats the URL, whose path and query may be secret.
///
/// # Errors
/// When no answer comes.
pub async fn page(request: PageRequest<'_>, policy: &FetchPolicy) -> Result<Page, AttemptError> {
    let limit = policy.timeout;
    timeout(limit, load(request, policy)).await.map_err(|_| AttemptError::TimedOut(limit))?
}

async fn load(asked: PageRequest<'_>, policy: &FetchPolicy) -> Result<Page, AttemptError> {
    let PageRequest { url, authorization, pinned } = asked;
    let (host, target) = host_and_target(url);
    let mut request = Request::get(target).header(header::HOST, host).header(header::USER_AGENT, USER_AGENT);
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, basic(authorization)?);
    }
    let request = built(request)?;
    ask(open(url, policy, pinned, &mut Errand::free()).await?, request, read).await
}

/// Basic authentication (RFC 7617).
fn basic(Credentials { name, password }: Credentials<'_>) -> Result<HeaderValue, AttemptError> {
    let credentials = BASE64_STANDARD.encode(format!("{name}:{password}"));
    let mut header = HeaderValue::from_str(&format!("Basic {credentials}")).map_err(unmade)?;
    header.set_sensitive(true);
    Ok(header)
}

async fn read(response: Response<Incoming>) -> Result<Page, AttemptError> {
    let (head, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BYTES
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|source| AttemptError::Broken { source: source.into() })?;
        bytes.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
    }
    bytes.truncate(MAX_BYTES);
    Ok(Page { status: head.status.as_u16(), headers: head.headers, body: bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_password_are_shown_as_the_standard_says() {
        let header = basic(Credentials { name: "Aladdin", password: "open sesame" }).unwrap();
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
