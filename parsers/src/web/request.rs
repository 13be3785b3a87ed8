//! A request as a log tells it.

use core::net::IpAddr;

use memchr::memchr;

use crate::event::Private;

/// One request to a web server. What a log does not tell stays empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) address: IpAddr,
    pub(crate) port: Option<u16>,
    /// The virtual host.
    pub(crate) host: Option<Private<'a>>,
    /// The user that the client claims to be.
    pub(crate) user: Option<&'a [u8]>,
    /// Empty when the client said nothing that is a request.
    pub(crate) method: &'a [u8],
    /// Path and query, as sent.
    pub(crate) target: &'a [u8],
    /// Up to the question mark, as sent.
    pub(crate) path: &'a [u8],
    /// Behind the question mark, as sent.
    pub(crate) query: &'a [u8],
    /// Everything the client said as its request.
    pub(crate) words: &'a [u8],
    /// The server's answer.
    pub(crate) status: u16,
    pub(crate) referrer: Option<&'a [u8]>,
    pub(crate) agent: Option<&'a [u8]>,
    /// What else the line says; it may name anything of the server's.
    pub(crate) rest: &'a [u8],
}

impl<'a> Request<'a> {
    /// `METHOD TARGET[ HTTP/V]`, from nobody yet. Anything else is no request and has no method.
    pub(crate) fn of_words(words: &'a [u8]) -> Self {
        let empty = Self {
            address: IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED),
            port: None,
            host: None,
            user: None,
            method: &[],
            target: &[],
            path: &[],
            query: &[],
            words,
            status: 0,
            referrer: None,
            agent: None,
            rest: &[],
        };
        let Some((method, target)) = method_and_target(words) else { return empty };
        Self { method, ..empty }.to(target)
    }

    /// The same for this target.
    pub(crate) fn to(self, target: &'a [u8]) -> Self {
        let (path, query) = match memchr(b'?', target) {
            Some(mark) => {
                (target.get(..mark).unwrap_or_default(), target.get(mark + 1..).unwrap_or_default())
            }
            None => (target, &[][..]),
        };
        Self { target, path, query, ..self }
    }
}

/// A method is a word of capitals (RFC 9110 registers no other); the target may hold spaces when the client is
/// careless.
fn method_and_target(words: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr(b' ', words)?;
    let (method, target) = (words.get(..space)?, words.get(space + 1..)?);
    let is_method =
        !method.is_empty() && method.iter().all(|&byte| byte.is_ascii_uppercase() || byte == b'-');
    let version = crate::text::rfind(target, b" HTTP/");
    let target = version.map_or(Some(target), |at| target.get(..at))?;
    (is_method && !target.is_empty()).then_some((method, target))
}
