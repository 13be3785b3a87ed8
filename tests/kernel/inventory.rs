//! The table in numbers, and whether the kernel can have it at all.

use std::net::UdpSocket;
use std::time::Duration;

use sentinel_agent::kernel::{Dropped, Firewall, Options, Scope, dropped, inventory, try_out};
use sentinel_tests::lab::{Namespace, private_network};

use crate::support::{add, add_inbound, firewall, kernel_counts_elements, network, receive};

#[test]
fn a_table_tells_its_sets_and_how_many_networks_they_drop() {
    private_network().unwrap();
    assert_eq!(inventory().unwrap(), None);
    assert_eq!(dropped().unwrap(), []);
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
    firewall.apply(&[add("203.0.113.7"), add("192.0.2.128/27"), add_inbound("2001:db8::7")]).unwrap();
    let found = inventory().unwrap().unwrap();
    assert_eq!(found.elements(), kernel_counts_elements().then_some(3), "{found:?}");
    let drops = |name: &str| found.sets.iter().find(|set| set.name == name).map(|set| set.drops);
    assert_eq!([drops("blocked4"), drops("blocked4_27"), drops("peers6")], [Some(true); 3]);
    assert!(found.sets.iter().any(|set| set.name.contains("gate") && !set.drops), "{found:?}");
    assert!(found.rules > 8, "{found:?}");
}

#[test]
fn rules_count_what_they_drop_by_scope_and_family() {
    let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
    router.connect(&stranger, &["203.0.113.1/24"], &["203.0.113.7/24"]).unwrap();
    let mut firewall = router.call(|| Firewall::open(Options::default(), &[])).unwrap().unwrap();
    let door = router.call(|| UdpSocket::bind("203.0.113.1:4000")).unwrap().unwrap();
    door.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let knock = || {
        let send = || UdpSocket::bind("203.0.113.7:4001")?.send_to(&[0; 72], "203.0.113.1:4000");
        stranger.call(send).unwrap().unwrap();
    };
    firewall.apply(&[add_inbound("203.0.113.0/24")]).unwrap();
    knock();
    knock();
    // What arrives behind them shows that they were counted.
    firewall.allow(&[network("203.0.113.7")]).unwrap();
    knock();
    receive(&door);
    let counted = router.call(dropped).unwrap().unwrap();
    let of = |scope, ipv4, packets, bytes| Dropped { scope, ipv4, packets, bytes };
    let (all, inbound) = (Scope::All, Scope::Inbound);
    let expected =
        [of(all, true, 0, 0), of(all, false, 0, 0), of(inbound, true, 2, 200), of(inbound, false, 0, 0)];
    assert_eq!(counted, expected);
}

#[test]
fn a_trial_leaves_the_table_of_this_network_alone() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    let before = inventory().unwrap();
    let trial = try_out().unwrap();
    assert_eq!(trial.is_owner, firewall.is_owner());
    assert_eq!(inventory().unwrap(), before);
}
