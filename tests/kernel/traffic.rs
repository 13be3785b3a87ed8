//! Real packets between hosts: who gets through, who does not.

use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use sentinel_agent::kernel::{Change, Firewall, Options, Scope};
use sentinel_tests::lab::Namespace;

use crate::support::{add, add_inbound, network, remove};

/// A router that runs the firewall, and a stranger beside it; each listens.
struct Neighbours {
    router: Namespace,
    stranger: Namespace,
    firewall: Firewall,
    _listeners: Vec<TcpListener>,
}

const ROUTER: [&str; 2] = ["203.0.113.1:2222", "[2001:db8::1]:2222"];
const STRANGER: [&str; 2] = ["203.0.113.7:2222", "[2001:db8::7]:2222"];

impl Neighbours {
    fn new() -> Self {
        let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
        router
            .connect(&stranger, &["203.0.113.1/24", "2001:db8::1/64"], &["203.0.113.7/24", "2001:db8::7/64"])
            .unwrap();
        let firewall = router.call(|| Firewall::open(Options::default(), &[])).unwrap().unwrap();
        let listeners = [(&router, ROUTER), (&stranger, STRANGER)]
            .into_iter()
            .flat_map(|(host, addresses)| addresses.map(|address| listen(host, address)))
            .collect();
        Self { router, stranger, firewall, _listeners: listeners }
    }

    fn apply(&mut self, changes: &[Change]) {
        self.firewall.apply(changes).unwrap();
    }

    /// Whether the stranger reaches the router over IPv4 and IPv6.
    fn comes_in(&self) -> [bool; 2] {
        ROUTER.map(|address| reaches(&self.stranger, address))
    }

    /// Whether the router reaches the stranger over IPv4 and IPv6.
    fn goes_out(&self) -> [bool; 2] {
        STRANGER.map(|address| reaches(&self.router, address))
    }
}

fn listen(host: &Namespace, address: &'static str) -> TcpListener {
    host.call(move || TcpListener::bind(address)).unwrap().unwrap()
}

/// Whether a connection from `host` to `address` is established; two tries of the SYN fit into the wait.
fn reaches(host: &Namespace, address: &'static str) -> bool {
    let address: SocketAddr = address.parse().unwrap();
    host.call(move || TcpStream::connect_timeout(&address, Duration::from_millis(1200)).is_ok()).unwrap()
}

#[test]
fn whoever_is_not_blocked_gets_through() {
    let neighbours = Neighbours::new();
    assert_eq!((neighbours.comes_in(), neighbours.goes_out()), ([true; 2], [true; 2]));
}

#[test]
fn a_blocked_address_gets_nothing_through_in_either_direction() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("203.0.113.7"), add("2001:db8::7")]);
    assert_eq!((neighbours.comes_in(), neighbours.goes_out()), ([false; 2], [false; 2]));
    neighbours.apply(&[remove("203.0.113.7", Scope::All), remove("2001:db8::7", Scope::All)]);
    assert_eq!((neighbours.comes_in(), neighbours.goes_out()), ([true; 2], [true; 2]));
}

#[test]
fn a_blocked_network_drops_its_addresses_and_no_other_network() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("203.0.112.0/24"), add("2001:db8:0:1::/64")]);
    assert_eq!(neighbours.comes_in(), [true; 2]);
    neighbours.apply(&[add("203.0.113.0/24"), add("2001:db8::/64")]);
    assert_eq!(neighbours.comes_in(), [false; 2]);
}

#[test]
fn a_prefix_length_that_ends_within_a_byte_is_matched_exactly() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("203.0.113.8/29"), add("2001:db8:8000::/33")]);
    assert_eq!(neighbours.comes_in(), [true; 2]);
    neighbours.apply(&[add("203.0.113.0/29"), add("2001:db8::/33")]);
    assert_eq!(neighbours.comes_in(), [false; 2]);
}

#[test]
fn a_peers_block_stops_what_comes_uninvited_and_lets_answers_pass() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add_inbound("203.0.113.7"), add_inbound("2001:db8::/64")]);
    assert_eq!((neighbours.comes_in(), neighbours.goes_out()), ([false; 2], [true; 2]));
}

#[test]
fn a_peers_block_ends_a_connection_that_the_stranger_opened_before() {
    let mut neighbours = Neighbours::new();
    let listener = listen(&neighbours.router, "203.0.113.1:2223");
    let theirs = neighbours.stranger.call(|| TcpStream::connect("203.0.113.1:2223")).unwrap().unwrap();
    let (ours, _) = listener.accept().unwrap();
    neighbours.apply(&[add_inbound("203.0.113.7")]);
    std::io::Write::write_all(&mut &theirs, b"more").unwrap();
    ours.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!(std::io::Read::read(&mut &ours, &mut [0; 4]).is_err());
}

#[test]
fn a_peers_block_lets_a_resolvers_answer_pass() {
    let mut neighbours = Neighbours::new();
    let bind = |host: &Namespace, address: &'static str| {
        let socket = host.call(move || UdpSocket::bind(address)).unwrap().unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1000))).unwrap();
        socket
    };
    let resolver = bind(&neighbours.stranger, "203.0.113.7:53");
    let client = bind(&neighbours.router, "203.0.113.1:5300");
    neighbours.apply(&[add_inbound("203.0.113.7")]);
    let mut buffer = [0; 16];
    client.send_to(b"question", "203.0.113.7:53").unwrap();
    let (_, asker) = resolver.recv_from(&mut buffer).unwrap();
    resolver.send_to(b"answer", asker).unwrap();
    assert_eq!(client.recv_from(&mut buffer).unwrap().0, 6);
    let uninvited = bind(&neighbours.stranger, "203.0.113.7:54");
    uninvited.send_to(b"surprise", asker).unwrap();
    assert!(client.recv_from(&mut buffer).is_err());
}

#[test]
fn an_allowed_network_passes_whatever_is_blocked() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("203.0.113.7"), add_inbound("203.0.113.7"), add("2001:db8::/64")]);
    neighbours.firewall.allow(&["203.0.113.0/28", "2001:db8::7"].map(network)).unwrap();
    assert_eq!((neighbours.comes_in(), neighbours.goes_out()), ([true; 2], [true; 2]));
    neighbours.firewall.allow(&[]).unwrap();
    assert_eq!(neighbours.comes_in(), [false; 2]);
}

#[test]
fn the_kernel_goes_on_dropping_when_the_agent_is_gone() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("203.0.113.7"), add("2001:db8::7")]);
    let Neighbours { router, stranger, firewall, _listeners } = neighbours;
    drop(firewall);
    assert!(ROUTER.iter().all(|address| !reaches(&stranger, address)));
    drop(router);
}

#[test]
fn loopback_passes_even_if_its_address_is_blocked() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("127.0.0.1"), add("::1"), add_inbound("127.0.0.0/8"), add("203.0.113.1")]);
    for address in ["127.0.0.1:2224", "[::1]:2224", "203.0.113.1:2224"] {
        let _listener = listen(&neighbours.router, address);
        assert!(reaches(&neighbours.router, address), "{address}");
    }
}

#[test]
fn a_blocked_neighbour_is_still_discovered() {
    let mut neighbours = Neighbours::new();
    neighbours.apply(&[add("2001:db8::/64"), add("fe80::/64"), add_inbound("2001:db8::/64")]);
    assert!(!reaches(&neighbours.stranger, ROUTER[1]));
    let table = neighbours
        .stranger
        .call(|| std::process::Command::new("ip").args(["-6", "neigh", "show", "2001:db8::1"]).output())
        .unwrap()
        .unwrap();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("lladdr"), "the router did not answer: {table}");
}

#[test]
fn what_is_forwarded_is_dropped_too() {
    let Neighbours { router, stranger, mut firewall, _listeners } = Neighbours::new();
    let server = Namespace::new().unwrap();
    router.connect(&server, &["198.51.100.1/24"], &["198.51.100.2/24"]).unwrap();
    router.call(|| std::fs::write("/proc/sys/net/ipv4/ip_forward", "1")).unwrap().unwrap();
    stranger.ip("route add default via 203.0.113.1").unwrap();
    server.ip("route add default via 198.51.100.1").unwrap();
    let _service = listen(&server, "198.51.100.2:2225");
    assert!(reaches(&stranger, "198.51.100.2:2225"));
    firewall.apply(&[add_inbound("203.0.113.7")]).unwrap();
    assert!(!reaches(&stranger, "198.51.100.2:2225"));
    firewall.apply(&[add("203.0.113.7"), remove("203.0.113.7", Scope::Inbound)]).unwrap();
    assert!(!reaches(&stranger, "198.51.100.2:2225"));
}
