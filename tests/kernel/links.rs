//! The host's own addresses, on-link networks and gateways.

use std::net::IpAddr;
use std::time::Duration;

use sentinel_agent::kernel::{Links, watch};
use sentinel_tests::lab::{ip, private_network};
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::support::network;

fn run<T>(task: impl Future<Output = T>) -> T {
    private_network().unwrap();
    ip("link add eth0 type veth peer name eth1").unwrap();
    ip("link set eth1 up").unwrap();
    ip("link set eth0 up").unwrap();
    ip("address add 192.0.2.1/24 dev eth0").unwrap();
    Builder::new_current_thread().enable_all().build().unwrap().block_on(task)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn own_addresses_networks_and_gateways_are_read() {
    run(async {
        ip("address add 2001:db8::1/64 dev eth0 nodad").unwrap();
        ip("address add 10.9.0.1 peer 10.9.0.2/32 dev eth0").unwrap();
        ip("route add default via 192.0.2.254").unwrap();
        ip("route add 198.51.100.0/24 nexthop via 192.0.2.252 nexthop via 192.0.2.253").unwrap();
        let links = watch().await.unwrap().borrow().clone();
        for own in ["127.0.0.1", "::1", "192.0.2.1", "2001:db8::1", "10.9.0.1"] {
            assert!(links.addresses.contains(&address(own)), "{own} in {links:?}");
        }
        assert!(!links.addresses.contains(&address("10.9.0.2")));
        for near in ["192.0.2.0/24", "2001:db8::/64", "10.9.0.2/32"] {
            assert!(links.on_link.contains(&network(near)), "{near} in {links:?}");
        }
        assert!(!links.on_link.contains(&network("198.51.100.0/24")));
        assert_eq!(links.gateways, ["192.0.2.252", "192.0.2.253", "192.0.2.254"].map(address));
    });
}

#[test]
fn an_address_that_passes_or_that_only_a_link_knows_is_not_one_to_be_found_by() {
    run(async {
        ip("address add 192.0.2.7/24 dev eth0").unwrap();
        ip("address add 2001:db8::1/64 dev eth0 nodad").unwrap();
        ip("address add 2001:db8::2/64 dev eth0 nodad preferred_lft 0").unwrap();
        ip("address add fe80::1/64 dev eth0 nodad").unwrap();
        let links = watch().await.unwrap().borrow().clone();
        for passing in ["192.0.2.7", "2001:db8::2", "fe80::1", "127.0.0.1"] {
            assert!(links.addresses.contains(&address(passing)), "{passing} in {links:?}");
        }
        assert_eq!(links.lasting, ["192.0.2.1", "2001:db8::1"].map(address));
    });
}

#[test]
fn a_change_is_seen_without_asking() {
    run(async {
        let mut links = watch().await.unwrap();
        assert!(links.borrow().addresses.contains(&address("192.0.2.1")));
        ip("address add 203.0.113.1/24 dev eth0").unwrap();
        ip("route add default via 203.0.113.254").unwrap();
        let complete = |links: &Links| {
            links.addresses.contains(&address("203.0.113.1"))
                && links.on_link.contains(&network("203.0.113.0/24"))
                && links.gateways == [address("203.0.113.254")]
        };
        let seen = timeout(Duration::from_secs(10), links.wait_for(complete)).await.is_ok();
        assert!(seen, "{:?}", links.borrow());
        ip("link set eth0 down").unwrap();
        let seen =
            timeout(Duration::from_secs(10), links.wait_for(|links| links.gateways.is_empty())).await.is_ok();
        assert!(seen, "{:?}", links.borrow());
    });
}
