//! The kernel: packets that netfilter's rules log (iptables, nftables, ufw, firewalld, and what routers make of
//! them), and WireGuard's handshakes.

mod netfilter;
mod wireguard;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::split;

pub(crate) static DAEMON: Daemon = Daemon {
    name: "kernel",
    // ulogd writes the packets in the kernel's own words.
    programs: &["ulogd", "wireguard"],
    units: &["ulogd", "ulogd2"],
    any_program: false,
    bare: Bare::Opens(&["IN=", "[UFW ", "wireguard: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_clock(message);
    netfilter::event(text).or_else(|| wireguard::event(text))
}

/// Behind `[12345.678901] `.
pub(super) fn behind_clock(message: &[u8]) -> &[u8] {
    let is_clock = |clock: &[u8]| clock.iter().all(|byte| byte.is_ascii_digit() || b" .".contains(byte));
    match split::between(message, b"[", b"] ") {
        Some((clock, text)) if is_clock(clock) => text,
        _ => message,
    }
}
