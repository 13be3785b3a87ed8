//! Packets that never stop while what is dropped is exchanged: none gets through.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use sentinel_agent::kernel::{Firewall, Options, Scope};
use sentinel_tests::lab::{Namespace, nft};

use crate::support::{add, add_inbound, element, many, network, remove};

/// A router with the firewall, and a blocked stranger that sends without a pause.
struct Fire {
    firewall: Firewall,
    door: UdpSocket,
    sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    sender: Option<JoinHandle<()>>,
    hosts: [Namespace; 2],
}

impl Fire {
    fn new(scope: Scope) -> Self {
        let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
        router.connect(&stranger, &["203.0.113.1/24"], &["203.0.113.7/24"]).unwrap();
        let mut firewall = router.call(|| Firewall::open(Options::default(), &[])).unwrap().unwrap();
        let door = router.call(|| UdpSocket::bind("203.0.113.1:4000")).unwrap().unwrap();
        door.set_nonblocking(true).unwrap();
        firewall.replace(&[element("203.0.113.7", scope)], &[]).unwrap();
        let (sent, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (sent.clone(), stop.clone());
        let fire = move || {
            let socket = UdpSocket::bind("203.0.113.7:4001").unwrap();
            while !end.load(Ordering::Relaxed) {
                // A full queue towards the router is no reason to stop.
                let sent = socket.send_to(b"attack", "203.0.113.1:4000").is_ok();
                count.fetch_add(u64::from(sent), Ordering::Relaxed);
            }
        };
        let sender = stranger.call(|| std::thread::spawn(fire)).unwrap();
        let fire = Self { firewall, door, sent, stop, sender: Some(sender), hosts: [router, stranger] };
        fire.wait_for_packets();
        fire
    }

    /// Waits until some more packets were sent.
    fn wait_for_packets(&self) {
        let (enough, deadline) =
            (self.sent.load(Ordering::Relaxed) + 1_000, Instant::now() + Duration::from_secs(20));
        while self.sent.load(Ordering::Relaxed) < enough {
            assert!(Instant::now() < deadline, "the stranger does not send");
            sleep(Duration::from_millis(1));
        }
    }

    /// The packets that the rules dropped since they were written.
    fn dropped(&self) -> u64 {
        let chain = self.hosts[0].call(|| nft("list chain inet sentinel drop_all")).unwrap().unwrap();
        let counts = chain.split("counter packets ").skip(1);
        counts.map(|counter| counter.split(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    fn arrived(&self) -> usize {
        std::iter::from_fn(|| self.door.recv(&mut [0; 16]).ok()).count()
    }

    /// That nothing arrived so far; and that it would have been seen if something had.
    fn nothing_arrived(mut self) {
        self.wait_for_packets();
        assert_eq!(self.arrived(), 0, "of {} packets", self.sent.load(Ordering::Relaxed));
        self.firewall.replace(&[], &[]).unwrap();
        self.wait_for_packets();
        assert!(self.arrived() > 0, "this test cannot fail");
    }
}

impl Drop for Fire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(sender) = self.sender.take() {
            let _panicked = sender.join();
        }
    }
}

#[test]
fn no_packet_passes_while_fifty_thousand_elements_are_exchanged() {
    for scope in [Scope::All, Scope::Inbound] {
        let mut fire = Fire::new(scope);
        let mut elements = many(50_000);
        elements.push(element("203.0.113.7", scope));
        for _ in 0..3 {
            fire.firewall.replace(&elements, &[]).unwrap();
        }
        fire.nothing_arrived();
    }
}

#[test]
fn no_packet_passes_while_small_tables_are_exchanged() {
    for scope in [Scope::All, Scope::Inbound] {
        let mut fire = Fire::new(scope);
        for blocked in ["203.0.113.7", "203.0.113.0/29", "203.0.113.0/24"].iter().cycle().take(200) {
            fire.firewall.replace(&[element(blocked, scope)], &[]).unwrap();
        }
        fire.nothing_arrived();
    }
}

#[test]
fn no_packet_passes_while_a_block_moves_between_the_scopes_or_begins_anew() {
    let mut fire = Fire::new(Scope::All);
    for _ in 0..200 {
        fire.firewall.apply(&[remove("203.0.113.7", Scope::All), add_inbound("203.0.113.7")]).unwrap();
        fire.firewall.apply(&[remove("203.0.113.7", Scope::Inbound), add("203.0.113.7")]).unwrap();
        fire.firewall.apply(&[add("203.0.113.7")]).unwrap();
    }
    fire.nothing_arrived();
}

#[test]
fn no_packet_passes_while_another_agent_takes_over() {
    let mut fire = Fire::new(Scope::All);
    for _ in 0..20 {
        let router = &fire.hosts[0];
        // The socket, and with it the ownership, must go before the next one can have it.
        let gone = std::mem::replace(&mut fire.firewall, other_network());
        drop(gone);
        fire.firewall = router.call(|| Firewall::open(Options::default(), &[])).unwrap().unwrap();
    }
    fire.nothing_arrived();
}

#[test]
fn no_packet_of_an_allowed_network_is_dropped_while_others_are_allowed_and_no_longer() {
    let mut fire = Fire::new(Scope::All);
    let (blocked, stranger) = ([element("203.0.113.7", Scope::All)], network("203.0.113.7"));
    let allowed =
        |count| many(count).iter().map(|element| element.network).chain([stranger]).collect::<Vec<_>>();
    fire.firewall.replace(&blocked, &[stranger]).unwrap();
    fire.wait_for_packets();
    let before = fire.dropped();
    for count in [0, 5_000, 1, 4_000, 0] {
        fire.firewall.allow(&allowed(count)).unwrap();
        fire.wait_for_packets();
        assert_eq!(fire.dropped(), before, "allowing {count} more");
    }
    fire.firewall.allow(&[]).unwrap();
    fire.wait_for_packets();
    assert!(fire.dropped() > before, "this test cannot fail");
}

/// A firewall in a network where nobody is.
fn other_network() -> Firewall {
    let host = Namespace::new().unwrap();
    host.call(|| Firewall::open(Options::default(), &[])).unwrap().unwrap()
}
