//! The allowlist: what an operator names as never to be blocked.

use std::{fmt, str::FromStr};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{canonical, text_form};

/// Longest DNS name, in bytes (RFC 1035, section 2.3.4, without the dot of the root).
const MAX_NAME_BYTES: usize = 253;
/// Longest label of a DNS name, in bytes.
const MAX_LABEL_BYTES: usize = 63;
/// How much of a text that is none of these is shown, in characters.
const SHOWN: usize = 80;

/// A text that names nothing which could be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' {problem}")]
pub struct InvalidTarget {
    text: String,
    problem: &'static str,
}

impl InvalidTarget {
    fn new(text: &str, problem: &'static str) -> Self {
        Self { text: text.escape_debug().take(SHOWN).collect(), problem }
    }
}

/// A host name that can be looked up: labels of letters, digits and hyphens (RFC 1123, section 2.1), in lower case and
/// without the dot of the root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

impl HostName {
    /// The name as it is looked up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_suffix('.').unwrap_or(text);
        let refuse = |problem| Err(InvalidTarget::new(text, problem));
        if name.len() > MAX_NAME_BYTES {
            return refuse("is longer than the 253 bytes of a DNS name");
        }
        if !name.split('.').all(is_label) {
            return refuse("is no address, no network such as 192.0.2.0/24, and no DNS name");
        }
        if name.rsplit('.').next().is_some_and(is_number) {
            return refuse("ends with a number, so it is no DNS name, and it is no address either");
        }
        Ok(Self(name.to_ascii_lowercase()))
    }
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL_BYTES).contains(&label.len())
        && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether the C library would take a name that ends so for an address: `127.1`, `0x7f000001`.
fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    label.bytes().all(|c| c.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()))
}

text_form!(HostName);

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an entry of the allowlist names: `192.0.2.7`, `2001:db8::/32`, `office.example`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AllowTarget {
    /// A network in canonical form; an address is one of a single host.
    Network(IpNetwork),
    /// Whatever addresses this name has at the moment.
    Name(HostName),
}

impl FromStr for AllowTarget {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<IpNetwork>().map(canonical) {
            Ok(network) if network.prefix() == 0 => Err(InvalidTarget::new(
                text,
                "is every address: with `block.observe` nothing is blocked at all",
            )),
            Ok(network) => Ok(Self::Network(network)),
            Err(_) => text.parse().map(Self::Name),
        }
    }
}

text_form!(AllowTarget);

impl fmt::Display for AllowTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) if is_host(*network) => network.ip().fmt(f),
            Self::Network(network) => network.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

fn is_host(network: IpNetwork) -> bool {
    network.prefix() == if network.is_ipv4() { 32 } else { 128 }
}

/// Who put something on the allowlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AllowSource {
    /// The config file, where alone it can be taken back.
    Config,
    /// The operator, while the agent ran.
    Operator,
}

/// One entry of the allowlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowView {
    /// What was named.
    pub target: AllowTarget,
    /// Who named it.
    pub source: AllowSource,
    /// Why, in the operator's words.
    pub comment: String,
    /// Since when; the config file does not say.
    pub since: Option<Timestamp>,
    /// What it stands for now: a name has the addresses of its last good answer.
    pub networks: Vec<IpNetwork>,
    /// Why a name does not resolve at the moment.
    pub trouble: Option<String>,
}

/// An entry that was put on the allowlist or taken off it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The entry as it is, or as it was.
    pub entry: AllowView,
    /// Networks that were let go because they are allowed now.
    pub unblocked: Vec<IpNetwork>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> AllowTarget {
        text.parse().unwrap()
    }

    #[test]
    fn an_entry_is_an_address_a_network_or_a_name() {
        assert_eq!(target("192.0.2.7/24").to_string(), "192.0.2.0/24");
        assert_eq!(target("::ffff:192.0.2.7").to_string(), "192.0.2.7");
        assert_eq!(target("2001:DB8::1").to_string(), "2001:db8::1");
        assert_eq!(target("Office-1.Example."), AllowTarget::Name("office-1.example".parse().unwrap()));
        assert_eq!(target("localhost").to_string(), "localhost");
    }

    #[test]
    fn what_cannot_be_looked_up_is_refused() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = format!("{}example", "abcdefg.".repeat(32));
        for text in [
            "",
            ".",
            "a..b",
            "-a.example",
            "a-.example",
            "a_b.example",
            "b\u{fc}ro.example",
            "a b",
            "192.0.2.0/33",
            "192.0.2.256",
            "127.1",
            "0x7f000001",
            "1.2.3.0x4",
            "host:22",
            "[::1]",
            &long_label,
            &long_name,
        ] {
            assert!(text.parse::<AllowTarget>().is_err(), "{text}");
        }
    }

    #[test]
    fn nobody_allows_every_address_by_mistake() {
        for text in ["0.0.0.0/0", "::/0", "192.0.2.1/0", "::ffff:0:0/96"] {
            assert!(text.parse::<AllowTarget>().unwrap_err().to_string().contains("every address"), "{text}");
        }
    }

    #[test]
    fn a_hostile_text_is_shown_escaped_and_short() {
        let message =
            format!("\u{1b}[2J{}", "x".repeat(10_000)).parse::<AllowTarget>().unwrap_err().to_string();
        assert!(message.len() < 300 && !message.contains('\u{1b}'), "{message}");
    }
}
