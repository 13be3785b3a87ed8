//! Durations, sizes and endpoints as operators write them.

use std::str::FromStr;

use jiff::SignedDuration;
use serde::Deserialize;
use url::Url;

use crate::domain::host_of;

/// A length of time: `90s`, `10m`, `4h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub SignedDuration);

/// A number of bytes: `512 KiB`, `100 MiB`, `1 GiB` (binary; `10 MB` means the same as `10 MiB`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes(pub u64);

/// A URL with a host: `https://peer-a.example:9000`, `http://127.0.0.1:8899`, `wss://...`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Url);

impl Endpoint {
    /// The host: a name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        host_of(&self.0)
    }

    /// The URL as others are to be sent to it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL without a slash at its end, to which a path can be added.
    #[must_use]
    pub fn base(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The scheme: `http`, `https`, `ws` or `wss`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// Scheme, host and port: what may be shown, since a path or query may hold a secret.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

/// A text that is no duration, size or endpoint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no {what}, expected {example}")]
pub struct InvalidUnit {
    text: String,
    what: &'static str,
    example: &'static str,
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..digits].parse().ok()?;
    Some((number, text[digits..].trim()))
}

impl FromStr for Span {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidUnit {
            text: text.chars().take(40).collect(),
            what: "duration",
            example: "a whole number with s, m, h or d, such as \"90s\", \"10m\", \"4h\" or \"7d\"",
        };
        let (number, unit) = number_and_unit(text).ok_or_else(invalid)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => return Err(invalid()),
        };
        // A century is more than anybody means, and keeps every sum with a timestamp in range.
        let total =
            number.checked_mul(seconds).filter(|total| *total <= 100 * 366 * 86_400).ok_or_else(invalid)?;
        i64::try_from(total).map(|total| Self(SignedDuration::from_secs(total))).map_err(|_| invalid())
    }
}

impl FromStr for Bytes {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidUnit {
            text: text.chars().take(40).collect(),
            what: "size",
            example: "a whole number with KiB, MiB or GiB, such as \"100 MiB\"",
        };
        let (number, unit) = number_and_unit(text).ok_or_else(invalid)?;
        let shift = match unit {
            "B" | "" => 0,
            "KiB" | "KB" => 10,
            "MiB" | "MB" => 20,
            "GiB" | "GB" => 30,
            _ => return Err(invalid()),
        };
        number.checked_mul(1 << shift).map(Self).ok_or_else(invalid)
    }
}

impl FromStr for Endpoint {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidUnit {
            text: harmless(text),
            what: "endpoint",
            example: "a URL with a host, such as \"https://peer-a.example:9000\"",
        };
        let url = Url::parse(text).map_err(|_| invalid())?;
        if url.host_str().is_none_or(str::is_empty)
            || !matches!(url.scheme(), "http" | "https" | "ws" | "wss")
        {
            return Err(invalid());
        }
        Ok(Self(url))
    }
}

/// The beginning of what should be a URL, without where a secret may stand.
pub(super) fn harmless(text: &str) -> String {
    let scheme = text.find("://").map_or(0, |at| at + 3);
    let end = text[scheme..].find(['/', '?', '#', '@']).map_or(text.len(), |at| scheme + at);
    text[..end].chars().take(200).collect()
}

macro_rules! from_string {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidUnit;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}

from_string!(Span Bytes Endpoint);

impl Span {
    /// The same as an unsigned duration.
    #[must_use]
    pub fn unsigned(self) -> std::time::Duration {
        self.0.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_as_operators_write_them() {
        assert_eq!("10m".parse(), Ok(Span(SignedDuration::from_mins(10))));
        assert_eq!("7 d".parse(), Ok(Span(SignedDuration::from_hours(168))));
        assert_eq!("10 MB".parse(), Ok(Bytes(10 * 1024 * 1024)));
        assert_eq!("1GiB".parse(), Ok(Bytes(1 << 30)));
    }

    #[test]
    fn what_has_no_unit_or_no_sense_is_refused_with_an_example() {
        for text in ["", "10", "m", "-5m", "4 weeks", "99999999999999999999s", "999999999999d"] {
            let error = text.parse::<Span>().unwrap_err().to_string();
            assert!(error.contains("10m"), "{error}");
        }
        for text in ["x", "10 TiB", "99999999999999999999 B", "18446744073709551615 GiB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }
}
