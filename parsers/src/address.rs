//! IP addresses as daemons print them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str;

use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_till};
use nom::character::complete::{char, u8, u16};
use nom::combinator::{map, map_opt, opt, peek};
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use crate::text;

/// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255` and a zone of an interface name's length.
const LONGEST: usize = 45 + 1 + 15;

/// The far end of a TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) address: IpAddr,
    pub(crate) port: Option<u16>,
}

/// Reads a token that is nothing but one address.
///
/// A zone (`fe80::1%eth0`) is dropped and an IPv4-mapped address becomes IPv4. Leading zeros are refused, as
/// some programs read them as octal, and so are names.
pub(crate) fn read(token: &[u8]) -> Option<IpAddr> {
    // Most tokens that are no address show it at once.
    if !matches!(token.first(), Some(b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':')) || token.len() > LONGEST
    {
        return None;
    }
    if let Some(address) = v4(token) {
        return Some(IpAddr::V4(address));
    }
    if !token.contains(&b':') {
        return None;
    }
    let token = str::from_utf8(token).ok()?;
    match token.split_once('%') {
        Some((address, zone)) if is_zone(zone) => address.parse().ok().map(unmapped),
        Some(_) => None,
        None => token.parse().ok().map(unmapped),
    }
}

/// Four octets, of which none begins with a zero unless it is one. Nearly every line has one, so this looks at each
/// byte once.
fn v4(token: &[u8]) -> Option<Ipv4Addr> {
    let (mut octets, mut nth, mut value) = ([0; 4], 0, None::<u8>);
    for &byte in token {
        if byte == b'.' {
            *octets.get_mut(nth)? = value.take()?;
            nth += 1;
        } else {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
            value = Some(match value {
                None => digit,
                Some(0) => return None,
                Some(value) => value.checked_mul(10)?.checked_add(digit)?,
            });
        }
    }
    let [a, b, c, _] = octets;
    value.filter(|_| nth == 3).map(|d| Ipv4Addr::new(a, b, c, d))
}

/// `IP/32` or `IP/128`: a wider network is no single address.
pub(crate) fn single(input: &[u8]) -> IResult<&[u8], IpAddr> {
    let network = separated_pair(address, char('/'), u8);
    let single = |(address, prefix): (IpAddr, u8)| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (prefix == longest).then_some(address)
    };
    map_opt(network, single).parse(input)
}

/// Reads a token that is an address, or one in brackets.
pub(crate) fn in_brackets(token: &[u8]) -> Option<IpAddr> {
    read(token.strip_prefix(b"[").and_then(|token| token.strip_suffix(b"]")).unwrap_or(token))
}

/// An address in brackets at the beginning of a text, and what follows them. Looks no further than an address is long:
/// for texts that may be full of brackets.
pub(crate) fn bracketed(text: &[u8]) -> Option<(IpAddr, &[u8])> {
    let inside = text.strip_prefix(b"[")?;
    let close = inside.iter().take(LONGEST + 1).position(|&byte| byte == b']')?;
    Some((read(inside.get(..close)?)?, inside.get(close + 1..)?))
}

fn unmapped(address: Ipv6Addr) -> IpAddr {
    address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4)
}

fn is_zone(zone: &str) -> bool {
    !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// An address up to the next delimiter. A colon right behind it is left over: `2001:db8::1: 11: bye`.
pub(crate) fn address(input: &[u8]) -> IResult<&[u8], IpAddr> {
    let (_, token) = take_till(|byte| b" ,/])>'".contains(&byte)).parse(input)?;
    let without_colon = terminated(take(token.len().saturating_sub(1)), peek(char(':')));
    alt((map_opt(take(token.len()), read), map_opt(without_colon, read))).parse(input)
}

/// `ADDRESS[ port N]`.
pub(crate) fn endpoint(input: &[u8]) -> IResult<&[u8], Endpoint> {
    let port = opt(preceded(tag(" port "), u16));
    map((address, port), |(address, port)| Endpoint { address, port }).parse(input)
}

/// `ADDRESS:N`, the address bare even when it is IPv6 (`2001:db8::1:4711`), or in brackets.
pub(crate) fn joined(token: &[u8]) -> Option<Endpoint> {
    let colon = token.iter().rposition(|&byte| byte == b':')?;
    let (host, port) = (token.get(..colon)?, token.get(colon.checked_add(1)?..)?);
    let host = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host);
    Some(Endpoint { address: read(host)?, port: Some(text::number(port)?) })
}

/// An address alone, in brackets, or with a port ([`joined`]). What could be both alone and with a port is alone.
pub(crate) fn peer(token: &[u8]) -> Option<Endpoint> {
    in_brackets(token).map(|address| Endpoint { address, port: None }).or_else(|| joined(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(token: &str) -> Option<String> {
        read(token.as_bytes()).map(|address| address.to_string())
    }

    #[test]
    fn addresses_are_given_in_one_spelling() {
        assert_eq!(shown("203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(shown("::ffff:203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(shown("2001:DB8:0:0::7").as_deref(), Some("2001:db8::7"));
        assert_eq!(shown("fe80::1%eth0.7").as_deref(), Some("fe80::1"));
    }

    #[test]
    fn every_octet_is_read_as_the_standard_library_reads_it() {
        for number in 0..1100 {
            for octet in
                [format!("{number}"), format!("0{number}"), format!("{number}x"), format!("-{number}")]
            {
                let token = format!("203.{octet}.113.7");
                assert_eq!(read(token.as_bytes()), token.parse().ok(), "{token}");
            }
        }
    }

    #[test]
    fn what_is_not_exactly_an_address_is_refused() {
        for token in [
            "",
            "192.030.0.6",
            "1.2.3",
            "1.2.3.",
            ".1.2.3",
            "1..2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "host",
            "1.2.3.4%eth0",
            "fe80::1%",
            "fe80::1%a b",
            ":::1",
        ] {
            assert_eq!(shown(token), None, "{token}");
        }
        assert_eq!(shown(&"1".repeat(100_000)), None);
    }

    #[test]
    fn a_colon_behind_an_address_is_not_part_of_it() {
        for (text, rest) in [("2001:db8::1: 11", ": 11"), ("2001:db8::: 11", ": 11"), ("192.0.2.1:", ":")] {
            assert_eq!(address(text.as_bytes()).unwrap().0, rest.as_bytes(), "{text}");
        }
        assert!(address(b"").is_err());
    }

    #[test]
    fn a_port_joined_by_a_colon_is_told_from_the_address() {
        let mapped = joined(b"::ffff:203.0.113.7:4711").unwrap();
        assert_eq!((mapped.address.to_string().as_str(), mapped.port), ("203.0.113.7", Some(4711)));
        for token in ["2001:db8::1:22", "[2001:db8::1]:22"] {
            assert_eq!(joined(token.as_bytes()).unwrap().address.to_string(), "2001:db8::1");
        }
        assert!(joined(b"203.0.113.7").is_none());
        assert!(joined(b"203.0.113.7:66000").is_none());
    }
}
