//! The one rule about URLs on the ledger.

use core::{error::Error, fmt};

/// Longest URL in bytes.
pub const MAX_URL_LEN: usize = 200;

/// A URL as the program accepts it: at most [`MAX_URL_LEN`] printable ASCII characters without
/// blanks, beginning with `http://` or `https://` and naming something after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Url<'a>(&'a str);

impl<'a> Url<'a> {
    /// Checks `bytes` against the rule.
    ///
    /// # Errors
    /// The first part of the rule that `bytes` break.
    pub fn new<B: AsRef<[u8]> + ?Sized>(bytes: &'a B) -> Result<Self, UrlError> {
        let bytes = bytes.as_ref();
        if bytes.is_empty() {
            return Err(UrlError::Empty);
        }
        if bytes.len() > MAX_URL_LEN {
            return Err(UrlError::TooLong);
        }
        if !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(UrlError::NotPrintable);
        }
        let rest = bytes.strip_prefix(b"https://").or_else(|| bytes.strip_prefix(b"http://"));
        match (rest, core::str::from_utf8(bytes)) {
            (Some([_, ..]), Ok(text)) => Ok(Self(text)),
            _ => Err(UrlError::NotHttp),
        }
    }

    /// The URL as text.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// Whether this is a path at the server that `base` names.
    pub fn lies_under(&self, base: Url<'_>) -> bool {
        let base = base.0.strip_suffix('/').unwrap_or(base.0);
        self.0.strip_prefix(base).is_some_and(|path| path.len() > 1 && path.starts_with('/'))
    }
}

impl AsRef<str> for Url<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It has no characters.
    Empty,
    /// It is longer than [`MAX_URL_LEN`] bytes.
    TooLong,
    /// It holds a blank, a control character or something beyond ASCII.
    NotPrintable,
    /// It does not begin with `http://` or `https://`, or ends there.
    NotHttp,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the URL is empty",
            Self::TooLong => "the URL is longer than 200 bytes",
            Self::NotPrintable => "the URL holds something other than printable ASCII",
            Self::NotHttp => "the URL is not an http:// or https:// address",
        })
    }
}

impl Error for UrlError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_url_of_200_bytes_is_accepted_and_one_more_byte_is_too_long() {
        let mut bytes = [b'a'; MAX_URL_LEN + 1];
        bytes[..8].copy_from_slice(b"https://");
        assert_eq!(Url::new(&bytes[..MAX_URL_LEN]).unwrap().as_str().len(), 200);
        assert_eq!(Url::new(&bytes), Err(UrlError::TooLong));
    }

    #[test]
    fn a_url_needs_a_scheme_and_something_behind_it() {
        assert!(Url::new("http://x").is_ok());
        for bad in ["https://", "http://", "ftp://x", "HTTPS://x", "x", "https:/x"] {
            assert_eq!(Url::new(bad), Err(UrlError::NotHttp), "{bad}");
        }
        assert_eq!(Url::new(""), Err(UrlError::Empty));
    }

    #[test]
    fn a_url_lies_under_a_server_only_as_a_path_of_it() {
        for base in ["https://a.example:9000", "https://a.example:9000/"] {
            let lies_under = |url| Url::new(url).unwrap().lies_under(Url::new(base).unwrap());
            assert!(lies_under("https://a.example:9000/mirrors/0123456789abcdef"));
            for foreign in [
                "https://a.example:9000",
                "https://a.example:9000/",
                "https://a.example:90000/x",
                "https://a.example:9000@b.example/x",
                "https://a.example:9000.b.example/x",
                "http://a.example:9000/x",
                "https://b.example/https://a.example:9000/x",
            ] {
                assert!(!lies_under(foreign), "{foreign}");
            }
        }
    }

    #[test]
    fn blanks_controls_and_letters_beyond_ascii_are_refused() {
        for bad in ["https://a b", "https://a\n", "https://\u{202e}a", "https://\u{7f}"] {
            assert_eq!(Url::new(bad), Err(UrlError::NotPrintable), "{bad:?}");
        }
        assert_eq!(Url::new(b"https://\xff"), Err(UrlError::NotPrintable));
    }
}
