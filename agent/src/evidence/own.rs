//! What belongs to this house wherever it stands in a line: its addresses and networks, its names and domains.

use std::{net::IpAddr, ops::Range};

use ipnetwork::IpNetwork;

use crate::guard::{is_private, plain};

/// Longest text form of an address: an IPv4-mapped IPv6 one.
const MAX_ADDRESS_BYTES: usize = 45;

/// A place in a line that must not leave, and the word for it.
pub(super) type Place = (Range<usize>, &'static [u8]);

/// The word for a name of this house.
pub(super) const HIDDEN: &[u8] = b"hidden";

/// The addresses and names of this house.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    addresses: Vec<IpAddr>,
    networks: Vec<IpNetwork>,
    names: Vec<String>,
}

impl Own {
    /// A house with these addresses, and these networks around it.
    #[must_use]
    pub fn new(addresses: &[IpAddr], networks: &[IpNetwork]) -> Self {
        let addresses = addresses.iter().copied().map(plain).filter(|own| !is_nobodys(*own));
        Self { addresses: addresses.collect(), networks: networks.to_vec(), names: Vec::new() }
    }

    /// The same, with another word that must not leave: an address, a network, a host name or a domain, or any other
    /// text. What stands below a domain goes with it.
    #[must_use]
    pub fn and(mut self, word: &str) -> Self {
        let word = word.trim().trim_matches('.');
        if let Ok(address) = word.parse() {
            self.addresses.push(plain(address));
        } else if let Ok(network) = word.parse::<IpNetwork>() {
            self.networks.push(network);
        } else if word.bytes().any(|byte| byte.is_ascii_alphanumeric()) && !is_everybodys(word) {
            self.names.push(word.to_ascii_lowercase());
        }
        self
    }

    /// Whether the address is this machine's.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        self.addresses.contains(&plain(address))
    }

    /// All places in `text` that belong to this house, from left to right and without overlap. The attacker's address
    /// is none, even if it is inside.
    pub(super) fn places(&self, text: &[u8], attacker: IpAddr) -> Vec<Place> {
        let mut places = self.addresses_in(text, attacker);
        places.extend(self.names_in(text));
        places.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
        let mut apart: Vec<Place> = Vec::new();
        for (range, word) in places {
            match apart.last_mut() {
                Some((before, kept)) if range.start < before.end => {
                    if range.end > before.end {
                        (before.end, *kept) = (range.end, HIDDEN);
                    }
                }
                _ => apart.push((range, word)),
            }
        }
        apart
    }

    fn hides(&self, address: IpAddr) -> bool {
        let plain = plain(address);
        let inside = || self.networks.iter().any(|network| network.contains(plain));
        !is_nobodys(plain) && (self.addresses.contains(&plain) || is_private(plain) || inside())
    }

    /// With dashes a date may look like an address, so that only this machine's own count.
    fn hides_as_written(&self, text: &[u8], address: IpAddr) -> bool {
        if text.contains(&b'-') { self.is_own(address) } else { self.hides(address) }
    }

    fn addresses_in(&self, text: &[u8], attacker: IpAddr) -> Vec<Place> {
        let mut places = Vec::new();
        let mut rest = 0;
        for start in 0..text.len() {
            if start < rest || !begins_address(text, start) {
                continue;
            }
            let Some((end, address)) = longest_address(text, start) else { continue };
            let written = text.get(start..end).unwrap_or_default();
            if plain(address) == plain(attacker) {
                rest = end;
            } else if self.hides_as_written(written, address) {
                places.push((start..end, word_for(written, address)));
                rest = end;
            } else if let Some(place) = self.without_port(text, start..end, attacker) {
                places.push(place);
                rest = end;
            }
            // Else it may still be a word and an own address: `bad:2001:db8::1`.
        }
        places
    }

    /// `2001:db8::1:22` may be an address and a port as well as an address.
    fn without_port(&self, text: &[u8], range: Range<usize>, attacker: IpAddr) -> Option<Place> {
        let whole = std::str::from_utf8(text.get(range.clone())?).ok()?;
        let (before, port) = whole.rsplit_once(':')?;
        let address = before.parse::<IpAddr>().ok()?;
        let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        let is_hidden = is_port && plain(address) != plain(attacker) && self.hides(address);
        is_hidden.then(|| (range.start..range.start + before.len(), word_for(before.as_bytes(), address)))
    }

    fn names_in(&self, text: &[u8]) -> Vec<Place> {
        let mut places = Vec::new();
        for name in &self.names {
            let mut from = 0;
            while let Some(found) = find(text.get(from..).unwrap_or_default(), name.as_bytes()) {
                let (start, end) = (from + found, from + found + name.len());
                if stands_alone(text, start..end) {
                    places.push((subdomain_start(text, start)..end, HIDDEN));
                }
                from = start + 1;
            }
        }
        places
    }
}

/// All addresses in a text, from left to right, as logs write them; with dashes as in names that are made of addresses.
#[must_use]
pub fn addresses_in(text: &[u8]) -> Vec<(Range<usize>, IpAddr)> {
    let (mut found, mut rest) = (Vec::new(), 0);
    for start in 0..text.len() {
        if start < rest || !begins_address(text, start) {
            continue;
        }
        if let Some((end, address)) = longest_address(text, start) {
            found.push((start..end, address));
            rest = end;
        }
    }
    found
}

/// Where `word` stands in `text`, in upper or lower case.
fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len().max(1)).position(|window| window.eq_ignore_ascii_case(word))
}

/// Whether what stands there is no part of a longer word or number.
pub(super) fn stands_alone(text: &[u8], range: Range<usize>) -> bool {
    let is_of_word = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
    };
    !is_of_word(range.start.checked_sub(1)) && !is_of_word(Some(range.end))
}

/// Where the whole name begins, whose last labels begin at `start`: `alice@mail.` before `corp.example` goes with it.
fn subdomain_start(text: &[u8], start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default();
    if !matches!(before.last(), Some(b'.' | b'@')) {
        return start;
    }
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_@+%".contains(byte);
    before.iter().rposition(|byte| !of_name(byte)).map_or(0, |at| at + 1)
}

/// Loopback and unspecified addresses tell nothing of anybody.
fn is_nobodys(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified() || address.is_multicast()
}

/// What every machine calls itself.
fn is_everybodys(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    first.eq_ignore_ascii_case("localhost")
}

/// Whether an address can begin here: not within a number, nor within the letters of a word.
fn begins_address(text: &[u8], start: usize) -> bool {
    let at = |at: usize| text.get(at).copied().unwrap_or_default();
    let before = start.checked_sub(1).map_or(0, at);
    let begins = at(start).is_ascii_hexdigit() || at(start) == b':' && at(start + 1) == b':';
    begins && !before.is_ascii_alphanumeric()
}

/// The longest address that begins here, and where it ends: not within a number.
fn longest_address(text: &[u8], start: usize) -> Option<(usize, IpAddr)> {
    let of_address = |byte: &u8| byte.is_ascii_hexdigit() || b".:-".contains(byte);
    let run =
        text.get(start..)?.iter().take(MAX_ADDRESS_BYTES + 1).take_while(|byte| of_address(byte)).count();
    let run = text.get(start..start + run.min(MAX_ADDRESS_BYTES))?;
    let run = std::str::from_utf8(run).ok()?;
    let ends = (2..=run.len()).rev().filter(|end| {
        let after = text.get(start + end).copied().unwrap_or_default();
        !after.is_ascii_alphanumeric()
    });
    ends.filter_map(|end| Some((start + end, address(run.get(..end)?)?))).next()
}

/// An address as logs write it; with dashes as in names that are made of addresses.
fn address(text: &str) -> Option<IpAddr> {
    if text.contains('-') {
        return text.replace('-', ".").parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4);
    }
    text.parse().ok()
}

/// An address of the same form that is nobody's, and private where it was: what reads an address there goes on reading
/// one.
fn word_for(text: &[u8], address: IpAddr) -> &'static [u8] {
    match address {
        _ if text.contains(&b'-') => b"0-0-0-0",
        IpAddr::V4(_) if is_private(address) => b"10.0.0.0",
        IpAddr::V4(_) => b"0.0.0.0",
        IpAddr::V6(_) if is_private(address) => b"fd00::",
        IpAddr::V6(_) => b"::",
    }
}
