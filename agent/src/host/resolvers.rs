//! The resolvers of this host (resolv.conf(5), systemd-resolved.service(8)).

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use tokio::sync::watch;

use super::{bounded, first_bytes, host_address, watch::follow};

/// Where the C library reads its resolvers.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Where systemd-resolved names the resolvers that it asks itself.
pub const UPSTREAM_RESOLV_CONF: &str = "/run/systemd/resolve/resolv.conf";

/// How much of a file is read.
const MAX_BYTES: u64 = 64 << 10;
/// Resolvers at the most; the C library takes three.
const MAX_RESOLVERS: usize = 32;

/// Follows the resolvers named in `conf` and, when those are of this host itself, in `upstream`; sorted.
#[must_use]
pub fn resolvers(conf: PathBuf, upstream: PathBuf) -> watch::Receiver<Vec<IpAddr>> {
    follow(vec![conf.clone(), upstream.clone()], move || {
        let mut addresses = named_in(&conf);
        if addresses.iter().all(IpAddr::is_loopback) {
            addresses.extend(named_in(&upstream));
        }
        bounded(addresses, MAX_RESOLVERS)
    })
}

fn named_in(path: &Path) -> Vec<IpAddr> {
    let text = first_bytes(path, MAX_BYTES);
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .filter_map(|rest| host_address(rest.split_whitespace().next()?))
        .take(MAX_RESOLVERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::host::watch::tests::becomes;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn resolvers_are_read_as_the_c_library_reads_them() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "# comment\nnameserver 9.9.9.9\n nameserver\tfe80::1%eth0 # router\nsearch lan\nnameserver x\n\
            nameservers 1.1.1.1\nnameserver 0.0.0.0\nnameserver 224.0.0.251\nnameserver ::ffff:8.8.8.8\n";
        fs::write(file.path(), text).unwrap();
        assert_eq!(named_in(file.path()), addresses(&["9.9.9.9", "fe80::1", "8.8.8.8"]));
    }

    #[test]
    fn a_file_without_end_is_read_to_a_bound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "nameserver 9.9.9.9\n".repeat(100_000)).unwrap();
        assert_eq!(named_in(file.path()).len(), MAX_RESOLVERS);
        assert!(named_in(Path::new("/dev/zero")).is_empty());
    }

    #[tokio::test]
    async fn behind_a_stub_the_real_resolvers_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (conf, upstream) = (folder.path().join("resolv.conf"), folder.path().join("resolve/resolv.conf"));
        fs::write(&conf, "nameserver 127.0.0.53\n").unwrap();
        let mut followed = resolvers(conf.clone(), upstream.clone());
        becomes(&mut followed, addresses(&["127.0.0.53"])).await;
        fs::create_dir(folder.path().join("resolve")).unwrap();
        fs::write(&upstream, "nameserver 192.0.2.53\nnameserver 2001:db8::53\n").unwrap();
        becomes(&mut followed, addresses(&["127.0.0.53", "192.0.2.53", "2001:db8::53"])).await;
        fs::write(&conf, "nameserver 198.51.100.53\n").unwrap();
        becomes(&mut followed, addresses(&["198.51.100.53"])).await;
    }
}
