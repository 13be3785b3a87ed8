//! The URL by which a dynamic DNS service is told an address.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use url::Url;

/// Longest update URL, in bytes.
const MAX_BYTES: usize = 2000;

const IPV4: &str = "{ipv4}";
const IPV6: &str = "{ipv6}";
const PASSWORD: &str = "{password}";

/// Why a text is no update URL. It never repeats the text, which may hold a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the update URL {0}, expected such as \"https://www.duckdns.org/update?domains=peer-a&token={{password}}&ip={{ipv4}}\""
)]
pub struct InvalidUpdateUrl(&'static str);

/// What a dynamic DNS service is told, as far as this host knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAddresses {
    /// The public IPv4 address.
    pub v4: Option<Ipv4Addr>,
    /// The public IPv6 address.
    pub v6: Option<Ipv6Addr>,
}

impl PublicAddresses {
    /// Whether there is none, as behind address translation.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for PublicAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.v4, self.v6) {
            (Some(v4), Some(v6)) => write!(f, "{v4} and {v6}"),
            (Some(v4), None) => v4.fmt(f),
            (None, Some(v6)) => v6.fmt(f),
            (None, None) => f.write_str("none that can be seen from here"),
        }
    }
}

/// A URL with places for `{ipv4}`, `{ipv6}` and `{password}`.
///
/// It may hold a secret, so neither [`fmt::Debug`] nor any error shows it; [`UpdateUrl::origin`] may be shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct UpdateUrl {
    template: String,
    example: Url,
}

impl UpdateUrl {
    /// The URL to ask for. A parameter that is nothing but an address which is not known is left out: services take the
    /// address that the request comes from then. None where that makes no URL of the same host.
    #[must_use]
    pub fn filled(&self, addresses: PublicAddresses, password: Option<&str>) -> Option<Url> {
        let v4 = addresses.v4.map(|address| address.to_string());
        let v6 = addresses.v6.map(|address| address.to_string());
        let mut text = self.template.clone();
        for (place, value) in [(IPV4, v4), (IPV6, v6)] {
            text = match value {
                Some(value) => text.replace(place, &value),
                None => without(&text, place).replace(place, ""),
            };
        }
        let password = percent_encoded(password.unwrap_or_default());
        let url: Url = text.replace(PASSWORD, &password).parse().ok()?;
        (url.origin() == self.example.origin()).then_some(url)
    }

    /// Whether the password of the configuration belongs into it.
    #[must_use]
    pub fn wants_password(&self) -> bool {
        self.template.contains(PASSWORD)
    }

    /// Scheme, host and port: what may be shown.
    #[must_use]
    pub fn origin(&self) -> String {
        self.example.origin().ascii_serialization()
    }

    /// The parsed URL with places filled by examples, for its host and scheme.
    #[must_use]
    pub fn example(&self) -> &Url {
        &self.example
    }

    /// The text as configured. Never to be shown.
    #[must_use]
    pub fn secret_text(&self) -> &str {
        &self.template
    }
}

/// The text without query parameters whose value is this place alone.
fn without(text: &str, place: &str) -> String {
    let Some((path, query)) = text.split_once('?') else { return text.to_owned() };
    let is_empty = |pair: &&str| pair.split_once('=').is_some_and(|(_, value)| value == place);
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_empty(pair)).collect();
    format!("{path}?{}", kept.join("&"))
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl FromStr for UpdateUrl {
    type Err = InvalidUpdateUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(InvalidUpdateUrl("is longer than 2000 bytes"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidUpdateUrl("holds characters other than visible ASCII"));
        }
        let example = text.replace(IPV4, "192.0.2.1").replace(IPV6, "2001:db8::1").replace(PASSWORD, "x");
        if example.contains(['{', '}']) {
            return Err(InvalidUpdateUrl("has a place other than {ipv4}, {ipv6} and {password}"));
        }
        let example = Url::parse(&example).map_err(|_| InvalidUpdateUrl("is no URL"))?;
        if !matches!(example.scheme(), "http" | "https") || example.host_str().is_none_or(str::is_empty) {
            return Err(InvalidUpdateUrl("is neither https nor http"));
        }
        if !example.username().is_empty() || example.password().is_some() {
            return Err(InvalidUpdateUrl("holds credentials: use username and password_file"));
        }
        if example.host_str() != Url::parse(text).ok().as_ref().and_then(Url::host_str) {
            return Err(InvalidUpdateUrl("has a place in its host"));
        }
        Ok(Self { template: text.to_owned(), example })
    }
}

impl TryFrom<String> for UpdateUrl {
    type Error = InvalidUpdateUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Debug for UpdateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpdateUrl({}, the rest is secret)", self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUCKDNS: &str =
        "https://www.duckdns.org/update?domains=peer-a&token={password}&ip={ipv4}&ipv6={ipv6}";

    fn filled(text: &str, v4: Option<&str>, v6: Option<&str>) -> String {
        let addresses =
            PublicAddresses { v4: v4.map(|v4| v4.parse().unwrap()), v6: v6.map(|v6| v6.parse().unwrap()) };
        text.parse::<UpdateUrl>().unwrap().filled(addresses, Some("a/b&c")).unwrap().to_string()
    }

    #[test]
    fn places_are_filled_with_what_is_known_and_parameters_without_value_left_out() {
        let base = "https://www.duckdns.org/update?domains=peer-a&token=a%2Fb%26c";
        assert_eq!(
            filled(DUCKDNS, Some("203.0.113.5"), Some("2001:db8::5")),
            format!("{base}&ip=203.0.113.5&ipv6=2001:db8::5")
        );
        assert_eq!(filled(DUCKDNS, Some("203.0.113.5"), None), format!("{base}&ip=203.0.113.5"));
        assert_eq!(filled(DUCKDNS, None, None), base);
    }

    #[test]
    fn a_service_that_takes_both_addresses_in_one_parameter_gets_both() {
        let url = "https://dynupdate.no-ip.com/nic/update?hostname=a.example&myip={ipv4},{ipv6}";
        let both = filled(url, Some("203.0.113.5"), Some("2001:db8::5"));
        assert!(both.ends_with("&myip=203.0.113.5,2001:db8::5"), "{both}");
    }

    #[test]
    fn a_secret_is_shown_by_nothing() {
        let url: UpdateUrl = "https://www.duckdns.org/update?token=s3cret".parse().unwrap();
        assert!(!format!("{url:?} {}", url.origin()).contains("s3cret"));
        for text in ["https://u:s3cret@a.example/", "s3cret", "https://a.example/{s3cret}", "ftp://s3cret/"] {
            let error = text.parse::<UpdateUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn an_address_cannot_decide_whom_is_asked() {
        assert!("https://{ipv4}/update".parse::<UpdateUrl>().is_err());
        assert!("https://a.example/{password}/{ipv4}".parse::<UpdateUrl>().is_ok());
    }
}
