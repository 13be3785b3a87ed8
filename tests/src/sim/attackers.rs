//! Attackers: each tries the peers that it finds, one after the other.

use std::net::Ipv4Addr;

use fastrand::Rng;
use ipnetwork::IpNetwork;

/// An attacker on its way.
pub(super) struct Attacker {
    pub(super) network: IpNetwork,
    /// Victims that it has yet to try, by their number, the next one last.
    pub(super) victims: Vec<usize>,
    /// Steps between two of them.
    pub(super) pace: usize,
    /// The step of the next attempt.
    pub(super) next: usize,
    /// Peers that saw it, each with the step.
    pub(super) seen_by: Vec<(usize, usize)>,
    /// Whether it is an adversary's own, to be reported by it.
    pub(super) is_farmed: bool,
}

impl Attacker {
    /// One that finds each peer as likely as that peer's reach says.
    pub(super) fn new(number: u32, reaches: &[f64], begin: usize, rng: &mut Rng) -> Self {
        let mut victims: Vec<usize> = reaches
            .iter()
            .enumerate()
            .filter(|(_, reach)| rng.f64() < **reach)
            .map(|(peer, _)| peer)
            .collect();
        rng.shuffle(&mut victims);
        let (network, pace) = (attacker(number), rng.usize(1..=6));
        Self { network, victims, pace, next: begin, seen_by: Vec::new(), is_farmed: false }
    }

    /// An adversary's own, which tries these one step after the other: at the address that it had before, or the one with
    /// this number.
    pub(super) fn farmed(
        (known, number): (Option<IpNetwork>, u32),
        victims: Vec<usize>,
        begin: usize,
    ) -> Self {
        let network = known.unwrap_or_else(|| attacker(number));
        Self { network, victims, pace: 1, next: begin, seen_by: Vec::new(), is_farmed: true }
    }

    /// How many of the first `honest` peers saw it.
    pub(super) fn honest_sightings(&self, honest: usize) -> usize {
        let mut peers: Vec<usize> =
            self.seen_by.iter().map(|(peer, _)| *peer).filter(|peer| *peer < honest).collect();
        peers.sort_unstable();
        peers.dedup();
        peers.len()
    }

    /// When the second of the first `honest` peers saw it.
    pub(super) fn second_sighting(&self, honest: usize) -> Option<usize> {
        let (first, _) = self.seen_by.iter().find(|(peer, _)| *peer < honest)?;
        self.seen_by.iter().find(|(peer, _)| *peer < honest && peer != first).map(|(_, step)| *step)
    }
}

/// The address of the attacker with this number.
fn attacker(number: u32) -> IpNetwork {
    network(0x0b00_0000, number)
}

/// An innocent with this number.
pub(super) fn innocent(number: u32) -> IpNetwork {
    network(0x0c00_0000, number)
}

/// Somebody whom nobody but a liar ever names.
pub(super) fn invented(number: u32) -> IpNetwork {
    network(0x0d00_0000, number)
}

fn network(base: u32, number: u32) -> IpNetwork {
    IpNetwork::from(std::net::IpAddr::V4(Ipv4Addr::from(base + number % 0x0100_0000)))
}
