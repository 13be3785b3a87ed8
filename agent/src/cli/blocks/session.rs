//! The session in which this command runs.

use std::{env, net::IpAddr};

/// Set by sshd: client address, client port, server address, server port.
const SSH_CONNECTION: &str = "SSH_CONNECTION";

/// The address that the operator is logged in from over ssh, so that the daemon can keep him from locking himself out.
pub(super) fn address() -> Option<IpAddr> {
    of_connection(&env::var(SSH_CONNECTION).ok()?)
}

fn of_connection(text: &str) -> Option<IpAddr> {
    // A link-local address carries its interface, as in fe80::1%eth0.
    text.split_whitespace().next()?.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_of_an_ssh_connection_comes_first() {
        assert_eq!(of_connection("203.0.113.9 50022 198.51.100.2 22"), "203.0.113.9".parse().ok());
        assert_eq!(of_connection("fe80::9%eth0 50022 fe80::1%eth0 22"), "fe80::9".parse().ok());
        assert_eq!(of_connection(""), None);
        assert_eq!(of_connection("UNKNOWN 65535 UNKNOWN 65535"), None);
    }
}
