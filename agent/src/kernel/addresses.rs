//! The addresses and routes of this host, live over rtnetlink.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use ipnetwork::IpNetwork;
use rtnetlink::packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage, AddressScope};
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteMessage, RouteNextHop, RouteType, RouteVia,
};
use rtnetlink::{Handle, MulticastGroup, RouteMessageBuilder, new_multicast_connection};
use tokio::sync::watch;

use super::KernelError;

/// Messages about any of these may change what is ours.
const GROUPS: [MulticastGroup; 5] = [
    MulticastGroup::Link,
    MulticastGroup::Ipv4Ifaddr,
    MulticastGroup::Ipv6Ifaddr,
    MulticastGroup::Ipv4Route,
    MulticastGroup::Ipv6Route,
];
/// A burst of messages is answered with one reading, this long after it began;
const SETTLE: Duration = Duration::from_millis(50);
/// and no sooner after the last reading than this: a router's routes change all the time, and may be a million.
const PACE: Duration = Duration::from_secs(1);
/// Prefix of the widest IPv4 network that counts as directly connected.
const WIDEST_LINK_V4: u8 = 8;
/// Prefix of the widest IPv6 network that counts as directly connected.
const WIDEST_LINK_V6: u8 = 32;
/// A subscription that broke is renewed after this long.
const RENEW: Duration = Duration::from_secs(1);

/// What is directly around this host. All lists are sorted and without repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Its own addresses.
    pub addresses: Vec<IpAddr>,
    /// Those of them by which others may find this host: neither of a link alone, nor temporary or on their way out.
    pub lasting: Vec<IpAddr>,
    /// The networks that it reaches without a gateway.
    pub on_link: Vec<IpNetwork>,
    /// The gateways of its routes.
    pub gateways: Vec<IpAddr>,
}

/// Follows addresses and routes by subscription; the receiver holds what was true when this returned, and
/// then every change. The following ends when the last receiver is dropped.
///
/// # Errors
/// [`KernelError::Links`] when rtnetlink cannot be asked at first; later failures are logged and overcome.
pub async fn watch() -> Result<watch::Receiver<Links>, KernelError> {
    let subscription = Subscription::open()?;
    let (sender, receiver) = watch::channel(read(&subscription.handle).await?);
    tokio::spawn(async move {
        let mut current = Some(subscription);
        loop {
            if let Some(subscription) = current.take()
                && let Err(error) = subscription.follow(&sender).await
            {
                tracing::warn!(error = %error, "following addresses and routes");
            }
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(RENEW) => current = Subscription::open().ok(),
            }
        }
    });
    Ok(receiver)
}

/// The receiving end of a subscription, and the way to ask over the same socket.
struct Subscription {
    handle: Handle,
    events: futures_util::stream::BoxStream<'static, ()>,
    connection: tokio::task::JoinHandle<()>,
}

impl Subscription {
    fn open() -> Result<Self, KernelError> {
        let (connection, handle, messages) = new_multicast_connection(&GROUPS)
            .map_err(|error| failed("subscribing to addresses and routes", error))?;
        let connection = tokio::spawn(connection);
        Ok(Self { handle, events: messages.map(|_| ()).boxed(), connection })
    }

    /// Reads anew after every burst of messages, until the subscription breaks or nobody listens.
    async fn follow(mut self, sender: &watch::Sender<Links>) -> Result<(), KernelError> {
        loop {
            let links = read(&self.handle).await?;
            let done = Instant::now();
            sender.send_if_modified(|current| {
                let changed = *current != links;
                *current = links;
                changed
            });
            tokio::select! {
                () = sender.closed() => return Ok(()),
                event = self.events.next() => if event.is_none() { return Ok(()) },
            }
            let settled = SETTLE.max(PACE.saturating_sub(done.elapsed()));
            let _settled =
                tokio::time::timeout(settled, async { while self.events.next().await.is_some() {} }).await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

async fn read(handle: &Handle) -> Result<Links, KernelError> {
    let mut links = Links::default();
    let mut addresses = handle.address().get().execute();
    while let Some(address) =
        addresses.try_next().await.map_err(|error| failed("reading this host's addresses", error))?
    {
        let own = own_address(&address.attributes);
        links.addresses.extend(own);
        links.lasting.extend(own.filter(|_| is_lasting(&address)));
    }
    let requests =
        [RouteMessageBuilder::<Ipv4Addr>::new().build(), RouteMessageBuilder::<Ipv6Addr>::new().build()];
    for request in requests {
        let mut routes = handle.route().get(request).execute();
        while let Some(route) =
            routes.try_next().await.map_err(|error| failed("reading this host's routes", error))?
        {
            links.add_route(&route);
        }
    }
    links.tidy();
    Ok(links)
}

/// Whether an address is good for more than a while: temporary ones (RFC 8981) are called secondary.
fn is_lasting(address: &AddressMessage) -> bool {
    let passing = AddressHeaderFlags::Secondary
        | AddressHeaderFlags::Deprecated
        | AddressHeaderFlags::Tentative
        | AddressHeaderFlags::Dadfailed;
    address.header.scope == AddressScope::Universe && !address.header.flags.intersects(passing)
}

/// On a point-to-point link `Address` is the other end's, so `Local` goes first.
fn own_address(attributes: &[AddressAttribute]) -> Option<IpAddr> {
    let local = attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(address) => Some(*address),
        _ => None,
    });
    local.or_else(|| {
        attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        })
    })
}

impl Links {
    fn add_route(&mut self, route: &RouteMessage) {
        if route.header.kind != RouteType::Unicast {
            return;
        }
        let mut gateways: Vec<IpAddr> = gateway(&route.attributes).into_iter().collect();
        let mut direct = gateways.is_empty();
        for hops in route.attributes.iter().filter_map(next_hops) {
            gateways.extend(hops.iter().filter_map(|hop| gateway(&hop.attributes)));
            direct = hops.iter().any(|hop| gateway(&hop.attributes).is_none());
        }
        if direct {
            self.on_link.extend(destination(route));
        }
        self.gateways.append(&mut gateways);
    }

    fn tidy(&mut self) {
        for addresses in [&mut self.addresses, &mut self.lasting, &mut self.gateways] {
            addresses.sort_unstable();
            addresses.dedup();
        }
        self.on_link.sort_unstable();
        self.on_link.dedup();
    }
}

fn next_hops(attribute: &RouteAttribute) -> Option<&[RouteNextHop]> {
    match attribute {
        RouteAttribute::MultiPath(hops) => Some(hops),
        _ => None,
    }
}

fn gateway(attributes: &[RouteAttribute]) -> Option<IpAddr> {
    attributes.iter().find_map(|attribute| match attribute {
        RouteAttribute::Gateway(address) => ip(address),
        RouteAttribute::Via(RouteVia::Inet(address)) => Some((*address).into()),
        RouteAttribute::Via(RouteVia::Inet6(address)) => Some((*address).into()),
        _ => None,
    })
}

/// The network that a direct route leads to; a default route leads to none in particular. None either when it
/// is wider than any network somebody is directly connected to: tunnels send half the internet to a device.
fn destination(route: &RouteMessage) -> Option<IpNetwork> {
    let address = route.attributes.iter().find_map(|attribute| match attribute {
        RouteAttribute::Destination(address) => ip(address),
        _ => None,
    })?;
    let network = IpNetwork::new(address, route.header.destination_prefix_length).ok()?;
    let widest = if network.is_ipv4() { WIDEST_LINK_V4 } else { WIDEST_LINK_V6 };
    (network.prefix() >= widest).then_some(network)
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}

fn failed(act: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> KernelError {
    KernelError::Links { act, source: Arc::new(error) }
}
