//! Where a malicious log can be fetched.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{LogId, text_form};

/// Longest `log_url` that the ledger program takes, in bytes.
pub const MAX_URL_BYTES: usize = 200;

/// Why a text is not the URL of a log.
#[derive(Debug, thiserror::Error)]
pub enum InvalidUrl {
    /// More than [`MAX_URL_BYTES`] bytes.
    #[error("URL of {0} bytes, at most {MAX_URL_BYTES} are allowed")]
    TooLong(usize),
    /// Not a URL at all.
    #[error("'{text}' is not a URL: {source}")]
    Syntax {
        /// The text as given.
        text: String,
        /// The parser's reason.
        source: url::ParseError,
    },
    /// A URL that no log can have.
    #[error("'{text}' {problem}")]
    NotALog {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The URL of a malicious log exactly as posted: `http` or `https`, with a host, without credentials.
///
/// The text is kept as it came, since signatures cover it byte by byte.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogUrl {
    text: String,
    url: Url,
}

impl LogUrl {
    /// Where a log is served by whoever reported it, whose server is reached under `base` (without a slash at its end).
    ///
    /// # Errors
    /// When that is no URL, or one that is too long.
    pub fn of_log(base: &str, id: LogId) -> Result<Self, InvalidUrl> {
        format!("{base}/logs/{id}").parse()
    }

    /// Where a log is served by another peer.
    ///
    /// # Errors
    /// As [`LogUrl::of_log`].
    pub fn of_mirror(base: &str, id: LogId) -> Result<Self, InvalidUrl> {
        format!("{base}/mirrors/{id}").parse()
    }

    /// The text as posted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl FromStr for LogUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_URL_BYTES {
            return Err(InvalidUrl::TooLong(text.len()));
        }
        let refuse = |problem| Err(InvalidUrl::NotALog { text: text.escape_debug().to_string(), problem });
        if !text.bytes().all(|c| c.is_ascii_graphic()) {
            return refuse("holds characters other than visible ASCII");
        }
        let url = Url::parse(text).map_err(|source| InvalidUrl::Syntax { text: text.to_owned(), source })?;
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("is neither http nor https");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refuse("names no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds credentials");
        }
        if url.fragment().is_some() {
            return refuse("has a fragment");
        }
        Ok(Self { text: text.to_owned(), url })
    }
}

/// The host of a URL as a resolver takes it: a name, or an address without brackets; empty when there is none.
#[must_use]
pub fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

text_form!(LogUrl);

impl fmt::Display for LogUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_kept_as_posted() {
        let url: LogUrl = "https://Peer-A.example:9000/logs/00112233445566aa".parse().unwrap();
        assert_eq!(url.as_str(), "https://Peer-A.example:9000/logs/00112233445566aa");
        assert_eq!(host_of(url.url()), "peer-a.example");
    }

    #[test]
    fn an_ipv6_host_loses_its_brackets() {
        let url: LogUrl = "https://[2001:db8::1]:9000/logs/00112233445566aa".parse().unwrap();
        assert_eq!(host_of(url.url()), "2001:db8::1");
    }

    #[test]
    fn what_no_log_can_have_is_refused() {
        for text in [
            "",
            "peer-a.example/logs/1",
            "ftp://peer-a.example/x",
            "file:///etc/passwd",
            "https://user:word@peer-a.example/x",
            "https://peer-a.example/x#y",
            "https://peer-a.example/\r\nX: y",
            "https://peer-a.example/\u{e4}",
        ] {
            assert!(text.parse::<LogUrl>().is_err(), "{text}");
        }
        let long = format!("https://peer-a.example/{}", "x".repeat(200));
        assert!(matches!(long.parse::<LogUrl>(), Err(InvalidUrl::TooLong(223))));
    }
}
