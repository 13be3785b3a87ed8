//! Many networks, searched as fast as few.

use ipnetwork::IpNetwork;

use crate::domain::outermost;

/// Networks in order, none within another. Both questions are answered by one binary search.
#[derive(Clone, Debug, Default)]
pub(super) struct Networks(Vec<IpNetwork>);

impl Networks {
    /// These networks, in canonical form.
    pub(super) fn new<T: Into<IpNetwork>>(networks: Vec<T>) -> Self {
        Self(outermost(networks.into_iter().map(Into::into)))
    }

    /// The one within which the canonical `network` lies.
    pub(super) fn covering(&self, network: IpNetwork) -> Option<IpNetwork> {
        let (before, _) = self.split_at(network);
        before.last().copied().filter(|outer| outer.contains(network.ip()))
    }

    /// One that has an address in common with the canonical `network`.
    pub(super) fn overlapping(&self, network: IpNetwork) -> Option<IpNetwork> {
        let (_, after) = self.split_at(network);
        self.covering(network).or_else(|| after.first().copied().filter(|inner| network.contains(inner.ip())))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = IpNetwork> {
        self.0.iter().copied()
    }

    /// In the order by address, then prefix, what holds a network stands before it and what it holds behind; since
    /// nothing here nests, only the neighbours can.
    fn split_at(&self, network: IpNetwork) -> (&[IpNetwork], &[IpNetwork]) {
        self.0.split_at(self.0.partition_point(|other| *other <= network))
    }
}
