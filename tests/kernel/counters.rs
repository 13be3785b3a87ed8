//! How many packets each element has dropped.

use std::net::UdpSocket;
use std::time::Duration;

use sentinel_agent::kernel::{Counted, Firewall, Options, Scope};
use sentinel_tests::lab::{Namespace, private_network};

use crate::support::{add, add_inbound, element, many, network, receive, remove};

const COUNTING: Options = Options { counters: true, drop_connections: false };

#[test]
fn an_element_counts_the_packets_and_bytes_that_it_drops() {
    let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
    router.connect(&stranger, &["203.0.113.1/24"], &["203.0.113.7/24"]).unwrap();
    let mut firewall = router.call(|| Firewall::open(COUNTING, &[])).unwrap().unwrap();
    let door = router.call(|| UdpSocket::bind("203.0.113.1:4000")).unwrap().unwrap();
    door.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let knock = || {
        let send = || UdpSocket::bind("203.0.113.7:4001")?.send_to(&[0; 72], "203.0.113.1:4000");
        stranger.call(send).unwrap().unwrap();
    };
    knock();
    receive(&door);
    firewall.apply(&[add("203.0.113.0/28"), add_inbound("203.0.113.0/24")]).unwrap();
    knock();
    knock();
    // What arrives behind them shows that they were counted.
    firewall.allow(&[network("203.0.113.7")]).unwrap();
    knock();
    receive(&door);
    let counted = Counted { packets: 2, bytes: 200 };
    assert_eq!(firewall.counted(network("203.0.113.5/28"), Scope::All).unwrap(), Some(counted));
    let idle = firewall.counted(network("203.0.113.0/24"), Scope::Inbound).unwrap();
    assert_eq!(idle, Some(Counted::default()));
}

#[test]
fn what_is_not_blocked_counts_nothing() {
    private_network().unwrap();
    let mut firewall = Firewall::open(COUNTING, &[]).unwrap();
    firewall.apply(&[add("203.0.113.7"), remove("203.0.113.7", Scope::All)]).unwrap();
    for absent in ["203.0.113.7", "198.51.100.0/24", "2001:db8::/33"] {
        assert_eq!(firewall.counted(network(absent), Scope::All).unwrap(), None);
    }
}

#[test]
fn a_table_without_counters_gets_them_when_it_is_replaced() {
    private_network().unwrap();
    Firewall::open(Options::default(), &[]).unwrap().apply(&[add("10.0.0.1")]).unwrap();
    let mut firewall = Firewall::open(COUNTING, &[]).unwrap();
    assert_eq!(firewall.counted(network("10.0.0.1"), Scope::All).unwrap(), None);
    for elements in [vec![element("10.0.0.1", Scope::All)], many(12_000)] {
        firewall.replace(&elements, &[]).unwrap();
        assert_eq!(firewall.counted(network("10.0.0.1"), Scope::All).unwrap(), Some(Counted::default()));
    }
}
