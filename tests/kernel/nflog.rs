//! Packets that rules log, as the agent reads them.

use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use sentinel_agent::kernel::{NflogError, Packet, PacketLog};
use sentinel_tests::lab::{Namespace, nft};
use tokio::time::timeout;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A router that logs what it drops into a group, and a stranger beside it.
struct Logging {
    /// Its reactor is the router's.
    log: PacketLog,
    router: Namespace,
    stranger: Namespace,
}

impl Logging {
    async fn new(group: u16) -> Self {
        let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
        router
            .connect(&stranger, &["203.0.113.1/24", "2001:db8::1/64"], &["203.0.113.7/24", "2001:db8::7/64"])
            .unwrap();
        let rules = move || {
            nft("add table inet edge").unwrap();
            nft("add chain inet edge in { type filter hook input priority 0 ; }").unwrap();
            let rule = format!("log prefix \"dropped: \" group {group} drop");
            for what in ["tcp dport 23", "udp dport 161", "icmpv6 type echo-request"] {
                nft(&format!("add rule inet edge in {what} {rule}")).unwrap();
            }
        };
        router.call(rules).unwrap();
        let log = open(&router, group).await.unwrap();
        Self { log, router, stranger }
    }

    /// The next packets that are logged, at least so many; read at the router, where the interfaces have their names.
    async fn packets(self, count: usize) -> Vec<Packet> {
        let Self { mut log, router, .. } = self;
        let read = async move {
            let mut packets = Vec::new();
            while packets.len() < count {
                let next = timeout(PATIENCE, log.next()).await;
                packets.extend(next.expect("packets in time").unwrap());
            }
            packets
        };
        router.run(read).await.unwrap()
    }
}

async fn open(router: &Namespace, group: u16) -> Result<PacketLog, NflogError> {
    router.run(async move { PacketLog::open(group) }).await.unwrap()
}

#[tokio::test]
async fn packets_that_a_rule_drops_are_read_with_their_addresses_ports_interface_and_prefix() {
    let logging = Logging::new(5).await;
    logging
        .stranger
        .call(|| {
            let socket = UdpSocket::bind("203.0.113.7:4711").unwrap();
            socket.send_to(b"hello", "203.0.113.1:161").unwrap();
            let address = "[2001:db8::1]:23".parse().unwrap();
            assert!(TcpStream::connect_timeout(&address, Duration::from_millis(50)).is_err());
        })
        .unwrap();
    let lines: Vec<_> = logging.packets(2).await.iter().map(ToString::to_string).collect();
    let (udp, tcp) = (&lines[0], &lines[1]);
    assert!(udp.starts_with("dropped: IN="), "{udp}");
    assert!(!udp.starts_with("dropped: IN= "), "the interface has a name: {udp}");
    assert!(udp.contains(" SRC=203.0.113.7 DST=203.0.113.1 LEN=33 "), "{udp}");
    assert!(udp.contains(" PROTO=UDP SPT=4711 DPT=161 "), "{udp}");
    assert!(tcp.contains(" SRC=2001:0db8:0000:0000:0000:0000:0000:0007 "), "{tcp}");
    assert!(tcp.contains(" DPT=23 ") && tcp.contains(" SYN "), "{tcp}");
}

#[tokio::test]
async fn a_group_that_somebody_else_listens_to_is_refused() {
    let logging = Logging::new(6).await;
    let second = open(&logging.router, 6).await.err();
    let message = second.expect("a group has one listener").to_string();
    assert!(message.contains("nflog group 6"), "{message}");
}
