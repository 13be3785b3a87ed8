//! OpenVPN's server: `IP:PORT MESSAGE` until a client has a name, `NAME/IP:PORT MESSAGE` then, and
//! `MESSAGE from [AF_INET]IP:PORT` for a packet that belongs to no client.

use crate::address::Endpoint;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "openvpn",
    // Of each configuration an own name: `ovpn-server`.
    programs: &["ovpn-"],
    units: &["openvpn", "openvpn-server"],
    any_program: false,
    bare: Bare::Opens(&[
        "TLS Error: ",
        "tls-crypt ",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "[AF_INET",
        "us=",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    // With much to say it adds the microseconds.
    let message = message.strip_prefix(b"us=").and_then(split::word).map_or(message, |(_, text)| text);
    packet(message).or_else(|| session(message))
}

/// One datagram that proves nothing of its sender.
fn packet(message: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], Kind); 6] = [
        (b"TLS Error: cannot locate HMAC in incoming packet from ", Kind::FailedKey),
        (b"TLS Error: incoming packet authentication failed from ", Kind::FailedKey),
        (b"TLS Error: tls-crypt unwrapping failed from ", Kind::FailedKey),
        (b"TLS Error: could not determine wrapping from ", Kind::FailedKey),
        (b"TLS Error: unknown opcode received from ", Kind::BadProtocol),
        (b"TLS Error: reading acknowledgement record from ", Kind::BadPacket),
    ];
    let (kind, rest) = split::opening(message, &openings)?;
    let (client, _) = split::word(rest)?;
    Some(Finding::at(kind, peer(client.strip_suffix(b",").unwrap_or(client))?).claimed())
}

fn session(message: &[u8]) -> Option<Finding<'_>> {
    let (client, text) = split::word(message)?;
    let (name, client) = split::last(client, b"/").map_or((None, client), |(name, rest)| (Some(name), rest));
    let peer = peer(client)?;
    if text == b"SIGUSR1[soft,connection-reset] received, client-instance restarting" {
        // Only TCP is reset, and who had a name had logged in.
        return name.is_none().then_some(Finding::at(Kind::NoLogin, peer));
    }
    // What a certificate or a password was sent for has shaken hands; the first packet of a handshake may be forged.
    const MESSAGES: [(&[u8], (Kind, bool)); 10] = [
        (b"VERIFY ERROR: ", (Kind::FailedKey, true)),
        (b"VERIFY SCRIPT ERROR: ", (Kind::FailedKey, true)),
        (b"VERIFY X509NAME ERROR: ", (Kind::FailedKey, true)),
        (b"VERIFY nsCertType ERROR: ", (Kind::FailedKey, true)),
        (b"VERIFY KU ERROR", (Kind::FailedKey, true)),
        (b"TLS Auth Error: ", (Kind::FailedLogin, true)),
        (b"TLS Error: TLS handshake failed", (Kind::NegotiationFailed, false)),
        (b"TLS Error: incoming packet authentication failed", (Kind::FailedKey, false)),
        (b"TLS Error: cannot locate HMAC in incoming packet", (Kind::FailedKey, false)),
        (b"tls-crypt unwrap error: ", (Kind::FailedKey, false)),
    ];
    let ((kind, is_proven), words) = split::opening(text, &MESSAGES)?;
    let finding =
        Finding::at(kind, peer).hiding(name.map(Private::User)).hiding(Some(Private::Detail(words)));
    Some(if is_proven { finding } else { finding.claimed() })
}

/// `[AF_INET]IP:PORT`, or the same without the family; an IPv6 address may stand in brackets of its own.
fn peer(token: &[u8]) -> Option<Endpoint> {
    let token =
        token.strip_prefix(b"[AF_INET]").or_else(|| token.strip_prefix(b"[AF_INET6]")).unwrap_or(token);
    address::joined(token)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const BANNERS: [&str; 3] =
        ["Nov 23 02:00:01 gate ovpn-server[7]:", "Mon Nov 23 02:00:01 2026", "2026-11-23 02:00:01 us=123456"];

    #[test]
    fn a_refused_client_is_told_and_proven_when_it_had_shaken_hands() {
        for banner in BANNERS {
            for (message, told) in [
                ("VERIFY ERROR: depth=0, error=CRL revoked: CN=bob", "failed-key 203.0.113.7 port 4711"),
                (
                    "TLS Auth Error: Auth Username/Password verification failed for peer",
                    "failed-login 203.0.113.7 port 4711",
                ),
                ("TLS Error: TLS handshake failed", "negotiation-failed 203.0.113.7 claimed"),
                (
                    "SIGUSR1[soft,connection-reset] received, client-instance restarting",
                    "no-login 203.0.113.7 port 4711",
                ),
            ] {
                tells("openvpn", &format!("{banner} 203.0.113.7:4711 {message}"), told);
            }
            tells_nothing(
                "openvpn",
                &[
                    &format!(
                        "{banner} bob/203.0.113.7:4711 SIGUSR1[soft,connection-reset] received, client-instance restarting"
                    ),
                    &format!("{banner} TCP connection established with [AF_INET]203.0.113.7:4711"),
                    &format!("{banner} 203.0.113.7:4711 peer info: IV_VER=2.6.0"),
                ],
            );
        }
    }

    #[test]
    fn a_packet_of_no_client_is_a_claim() {
        for banner in BANNERS {
            for peer in ["[AF_INET]203.0.113.7:4711", "203.0.113.7:4711", "[AF_INET6]::ffff:203.0.113.7:4711"]
            {
                let line = format!("{banner} TLS Error: cannot locate HMAC in incoming packet from {peer}");
                tells("openvpn", &line, "failed-key 203.0.113.7 claimed");
            }
        }
    }
}
