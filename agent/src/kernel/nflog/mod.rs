//! Packets that the operator's firewall rules log: `log group 5` in nftables, `-j NFLOG --nflog-group 5` in iptables.
//!
//! Source: `linux/netfilter/nfnetlink_log.h`. Listening takes `CAP_NET_ADMIN`, and a group has one listener.

mod message;
mod packet;

use std::{collections::HashMap, future::poll_fn, io, sync::Arc};

use futures_util::TryStreamExt;
use netlink_sys::{AsyncSocket, SocketAddr, TokioSocket, protocols::NETLINK_NETFILTER};
use rtnetlink::packet_route::link::LinkAttribute;

pub use packet::{Packet, Transport};

/// What the kernel keeps of a packet: every header down to the ports, also behind IPv6 extension headers.
const COPIED: u32 = 256;

/// How long the kernel gathers packets before it hands them over, in hundredths of a second.
const GATHERED: u32 = 10;

/// Interfaces whose names are remembered.
const MAX_INTERFACES: usize = 4096;

/// Why no packets can be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{act} nflog group {group}: {source}")]
pub struct NflogError {
    act: &'static str,
    group: u16,
    source: Arc<io::Error>,
}

/// Listens to one group.
pub struct PacketLog {
    group: u16,
    socket: TokioSocket,
    interfaces: HashMap<u32, String>,
}

impl PacketLog {
    /// Begins to listen, in the network namespace of the calling thread.
    ///
    /// # Errors
    /// When the capability is missing, or another program listens to this group.
    pub fn open(group: u16) -> Result<Self, NflogError> {
        let failed = |source| NflogError { act: "listening to", group, source: Arc::new(source) };
        let mut socket = TokioSocket::new(NETLINK_NETFILTER).map_err(failed)?;
        socket.socket_mut().bind_auto().map_err(failed)?;
        socket.socket_ref().connect(&SocketAddr::new(0, 0)).map_err(failed)?;
        for request in [message::bind(group), message::settings(group, COPIED, GATHERED)] {
            socket.socket_ref().send(&request, 0).map_err(failed)?;
            // Netfilter answers within the sending call itself.
            let (answer, _) = socket.socket_ref().recv_from_full().map_err(failed)?;
            match message::refusal(&answer) {
                Some(0) | None => (),
                Some(errno) => return Err(failed(io::Error::from_raw_os_error(errno))),
            }
        }
        Ok(Self { group, socket, interfaces: HashMap::new() })
    }

    /// Waits for the next packets. Those that came too fast to be read are lost, which is said.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn next(&mut self) -> Result<Vec<Packet>, NflogError> {
        let datagram = match poll_fn(|context| self.socket.poll_recv_from_full(context)).await {
            Ok((datagram, _)) => datagram,
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                tracing::warn!("nflog group {}: packets came faster than they could be read", self.group);
                return Ok(Vec::new());
            }
            Err(source) => {
                return Err(NflogError { act: "reading", group: self.group, source: Arc::new(source) });
            }
        };
        let logged: Vec<_> = message::packets(&datagram, self.group).collect();
        let mut indexes: Vec<u32> = Vec::new();
        for logged in &logged {
            indexes.extend(logged.inbound.iter().chain(&logged.outbound));
        }
        for index in indexes {
            if !self.interfaces.contains_key(&index) {
                self.learn_interfaces(index).await;
            }
        }
        let name = |index: Option<u32>| {
            index.and_then(|index| self.interfaces.get(&index)).map_or("", String::as_str)
        };
        let packet = |logged: message::Logged<'_>| {
            Packet::parse(logged.payload).map(|packet| Packet {
                at: logged.at,
                prefix: String::from_utf8_lossy(logged.prefix).into_owned(),
                inbound: name(logged.inbound).to_owned(),
                outbound: name(logged.outbound).to_owned(),
                ..packet
            })
        };
        Ok(logged.into_iter().filter_map(packet).collect())
    }

    /// Reads the interfaces' names anew; `unknown` is remembered as one without a name unless it has one.
    async fn learn_interfaces(&mut self, unknown: u32) {
        if self.interfaces.len() >= MAX_INTERFACES {
            self.interfaces.clear();
        }
        if let Ok((connection, handle, _)) = rtnetlink::new_connection() {
            let connection = tokio::spawn(connection);
            let mut links = handle.link().get().execute();
            while let Ok(Some(link)) = links.try_next().await {
                let name = link.attributes.into_iter().find_map(|attribute| match attribute {
                    LinkAttribute::IfName(name) => Some(name),
                    _ => None,
                });
                self.interfaces.extend(name.map(|name| (link.header.index, name)));
            }
            connection.abort();
        }
        self.interfaces.entry(unknown).or_default();
    }
}
