//! Tracked connections of whoever is blocked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sentinel_agent::kernel::{Change, Firewall, Lacking, Options, Scope};
use sentinel_tests::lab::Namespace;

use crate::support::{add, add_inbound, network, remove};

/// A router whose firewall ends connections, a stranger beside it, and a connection opened by either.
struct Neighbours {
    router: Namespace,
    _stranger: Namespace,
    firewall: Firewall,
    /// Opened by the stranger: its end and the router's.
    theirs: [TcpStream; 2],
    _ours: [TcpStream; 2],
}

const OLDER: Lacking =
    Lacking { connection_filter: true, ownership: false, counts: false, send_buffer: None };

impl Neighbours {
    fn new(lacking: Lacking) -> Self {
        let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
        router
            .connect(&stranger, &["203.0.113.1/24"], &["203.0.113.7/24", "203.0.113.8/24", "203.0.113.9/24"])
            .unwrap();
        let options = Options { drop_connections: true, ..Options::default() };
        let firewall = router.call(move || Firewall::open_lacking(options, &[], lacking)).unwrap().unwrap();
        let theirs = connect(&stranger, "203.0.113.1:2222", &router);
        let ours = connect(&router, "203.0.113.7:2223", &stranger);
        let neighbours = Self { router, _stranger: stranger, firewall, theirs, _ours: ours };
        assert_eq!(neighbours.tracked(), [true, true]);
        neighbours
    }

    fn apply(&mut self, changes: &[Change]) {
        self.firewall.apply(changes).unwrap();
    }

    /// Whether the kernel knows the connection opened by the stranger, and the one opened by the router.
    fn tracked(&self) -> [bool; 2] {
        let read = || std::fs::read_to_string("/proc/thread-self/net/nf_conntrack").unwrap();
        let table = self.router.call(read).unwrap();
        let opened_by = |source: &str| {
            let opener = |line: &str| line.split(' ').find(|word| word.starts_with("src=")) == Some(source);
            table.lines().any(|line| line.contains(" tcp ") && opener(line))
        };
        ["src=203.0.113.7", "src=203.0.113.1"].map(opened_by)
    }

    /// Waits until the stranger's connection is forgotten.
    fn wait_until_forgotten(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.tracked()[0] {
            assert!(Instant::now() < deadline, "it is still tracked");
            sleep(Duration::from_millis(5));
        }
    }
}

/// A connection from `host`, 203.0.113.7 if it has that address, to `address` of `other`: both ends.
fn connect(host: &Namespace, address: &'static str, other: &Namespace) -> [TcpStream; 2] {
    let listener = other.call(move || TcpListener::bind(address)).unwrap().unwrap();
    let near = host.call(move || TcpStream::connect(address)).unwrap().unwrap();
    [near, listener.accept().unwrap().0]
}

#[test]
fn a_blocked_address_loses_the_connections_that_it_opened_and_ours_stay() {
    for lacking in [Lacking::default(), OLDER] {
        let mut neighbours = Neighbours::new(lacking);
        neighbours.apply(&[add("203.0.113.7")]);
        neighbours.wait_until_forgotten();
        assert_eq!(neighbours.tracked(), [false, true]);
    }
}

#[test]
fn a_blocked_network_ends_the_connections_from_all_its_addresses() {
    let mut neighbours = Neighbours::new(Lacking::default());
    neighbours.apply(&[add("203.0.113.4/30"), add("2001:db8::/64"), add("198.51.100.7")]);
    neighbours.wait_until_forgotten();
    assert_eq!(neighbours.tracked(), [false, true]);
}

#[test]
fn connections_of_allowed_networks_and_of_others_stay() {
    for lacking in [Lacking::default(), OLDER] {
        let mut neighbours = Neighbours::new(lacking);
        neighbours.firewall.allow(&[network("203.0.113.7")]).unwrap();
        neighbours.apply(&[add("203.0.113.7"), add("203.0.113.0/24"), add("198.51.100.7")]);
        neighbours.apply(&[remove("203.0.113.7", Scope::All), remove("203.0.113.0/24", Scope::All)]);
        neighbours.firewall.allow(&[]).unwrap();
        neighbours.apply(&[add("203.0.113.8")]);
        let other = neighbours.router.call(|| TcpListener::bind("203.0.113.1:2224")).unwrap().unwrap();
        drop(other);
        // Blocks are served in their order: once this one is, those before it were.
        assert!(neighbours.tracked()[0]);
        neighbours.apply(&[add("203.0.113.7")]);
        neighbours.wait_until_forgotten();
    }
}

#[test]
fn a_peers_block_keeps_the_memory_of_who_opened_a_connection() {
    let mut neighbours = Neighbours::new(Lacking::default());
    neighbours.apply(&[add_inbound("203.0.113.7")]);
    let [theirs, ours] = &neighbours.theirs;
    // Were it forgotten, this packet would make it a connection of ours, and the answers to it would pass.
    (&mut &*ours).write_all(b"are you there").unwrap();
    (&mut &*theirs).write_all(b"more").unwrap();
    ours.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!((&mut &*ours).read(&mut [0; 4]).is_err());
    assert_eq!(neighbours.tracked(), [true, true]);
}
