//! Asks the kernel for one element of a set (`NFT_MSG_GETSETELEM`, linux/netfilter/nf_tables.h): the `nft` program
//! reads the whole set first, which takes more than a minute of a million elements.

use std::{
    io::{self, ErrorKind},
    net::Ipv4Addr,
};

use anyhow::{Context, bail};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_NETFILTER};

const GET_ELEMENT: u16 = 10 << 8 | 13;
const NEW_ELEMENT: u16 = 10 << 8 | 12;
const ERROR: u16 = 2;
const REQUEST: u16 = 1;
const NESTED: u16 = 1 << 15;
const ENOENT: i32 = 2;

/// Whether set `blocked4` of the agent's table in the network of the calling thread holds `address`.
pub(crate) fn holds(address: Ipv4Addr) -> anyhow::Result<bool> {
    let answer = ask(&request(address)).context("asking the kernel for an element")?;
    let kind = answer.get(4..6).and_then(|kind| kind.try_into().ok()).map(u16::from_ne_bytes);
    let error = answer.get(16..20).and_then(|error| error.try_into().ok()).map(i32::from_ne_bytes);
    match (kind, error.map(i32::wrapping_neg)) {
        (Some(NEW_ELEMENT), _) => Ok(true),
        (Some(ERROR), Some(ENOENT)) => Ok(false),
        (Some(ERROR), Some(code)) => {
            Err(io::Error::from_raw_os_error(code)).with_context(|| format!("looking for {address}"))
        }
        _ => bail!("the kernel answers with {answer:?}"),
    }
}

fn ask(request: &[u8]) -> io::Result<Vec<u8>> {
    let socket = Socket::new(NETLINK_NETFILTER)?;
    socket.connect(&SocketAddr::new(0, 0))?;
    let sent = socket.send(request, 0)?;
    if sent != request.len() {
        return Err(ErrorKind::WriteZero.into());
    }
    Ok(socket.recv_from_full()?.0)
}

fn request(address: Ipv4Addr) -> Vec<u8> {
    let key = attribute(1 | NESTED, &attribute(1, &address.octets()));
    let elements = attribute(3 | NESTED, &attribute(1 | NESTED, &key));
    // Family inet, version 0, no resource.
    let mut body = vec![1, 0, 0, 0];
    body.extend(attribute(1, b"sentinel\0"));
    body.extend(attribute(2, b"blocked4\0"));
    body.extend(elements);
    let length = u32::try_from(16 + body.len()).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(GET_ELEMENT.to_ne_bytes());
    message.extend(REQUEST.to_ne_bytes());
    // Sequence number and port.
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// Length, type, value, and zeros up to a multiple of four bytes.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_as_long_as_it_says_and_made_of_whole_words() {
        let request = request([203, 0, 113, 7].into());
        assert_eq!(request[..4], u32::try_from(request.len()).unwrap().to_ne_bytes());
        assert_eq!(request.len() % 4, 0);
        assert!(request.ends_with(&[203, 0, 113, 7]));
    }
}
