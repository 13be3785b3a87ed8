//! WireGuard's dynamic debug messages (drivers/net/wireguard/receive.c): `wireguard: wg0: MESSAGE from IP:PORT`. They
//! are about single datagrams.

use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(super) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"wireguard: ").unwrap_or(message);
    let (interface, text) = split::first(text, b": ")?;
    let (what, peer) = split::last(text, b" from ")?;
    let kind = match what {
        b"Invalid handshake initiation" | b"Invalid handshake response" => Kind::FailedKey,
        b"Invalid MAC of handshake, dropping packet" => Kind::BadPacket,
        b"Dropping handshake packet" => Kind::RateLimited,
        _ => return None,
    };
    let address = address::joined(peer)?.address;
    Some(Finding::new(kind, address).claimed().hiding(Some(Private::Detail(interface))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_handshake_without_a_known_key_is_a_claim() {
        let banner = "Nov 23 02:00:01 gate kernel: [12.345678] wireguard: wg0:";
        tells(
            "kernel",
            &format!("{banner} Invalid handshake initiation from 203.0.113.7:4711"),
            "failed-key 203.0.113.7 claimed",
        );
        tells(
            "kernel",
            &format!("{banner} Invalid MAC of handshake, dropping packet from [2001:db8::7]:4711"),
            "bad-packet 2001:db8::7 claimed",
        );
        tells_nothing(
            "kernel",
            &[
                &format!("{banner} Receiving handshake initiation from peer 7 (203.0.113.7:4711)"),
                &format!("{banner} Sending keepalive packet to peer 7 (203.0.113.7:4711)"),
            ],
        );
    }
}
