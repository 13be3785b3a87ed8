//! Newcomers that make themselves believed, as cheaply as they can: they attack honest peers from addresses of their own, and
//! report that before anybody else does.

use ipnetwork::IpNetwork;
use sentinel_agent::domain::PeerKey;

use super::World;
use crate::sim::{
    DAY, HOUR, Ledger,
    actors::{INNOCENTS, Kind},
    agent::Posted,
    attackers::{Attacker, innocent},
};

/// Honest peers that an address attacks: two are enough to bear out who reported it, and one of them may have been told before.
const VICTIMS: usize = 3;
/// Posts of a newcomer in an hour for which agents have time.
const POSTS_AN_HOUR: usize = 6;
/// Steps after which an address is forgotten, so that reporting it is news again.
const FALLOW: usize = DAY + 6 * HOUR;

/// The addresses that farmers have.
pub(super) struct Farm {
    addresses: Vec<Address>,
    /// Whether two were believed: from then on nothing is sown.
    is_reaped: bool,
}

/// One of them.
#[derive(Clone, Copy, Default)]
struct Address {
    network: Option<IpNetwork>,
    /// The step from which on it is of use.
    free: usize,
}

impl Farm {
    pub(super) fn new(addresses: usize) -> Self {
        Self { addresses: vec![Address::default(); addresses], is_reaped: false }
    }
}

impl<L: Ledger> World<L> {
    /// What farmers post. Who is believed keeps quiet until there are two, whose words are enough together; those then accuse
    /// everybody at once.
    pub(super) fn farm(&mut self) -> Vec<Posted> {
        let farmers = self.hostile.iter().filter(|hostile| hostile.kind == Kind::Farmer);
        let (believed, others): (Vec<PeerKey>, Vec<PeerKey>) =
            farmers.map(|farmer| farmer.key).partition(|key| self.is_believed(key));
        let mut posted = Vec::new();
        if believed.len() > 1 && self.step.is_multiple_of(HOUR) {
            self.farm.is_reaped = true;
            let everybody: Vec<IpNetwork> = (0..INNOCENTS).map(innocent).collect();
            posted.extend(believed.into_iter().map(|farmer| self.claim(farmer, everybody.clone())));
        }
        if self.step % HOUR < POSTS_AN_HOUR && !self.farm.is_reaped {
            for farmer in others {
                let Some(network) = self.sow() else { break };
                self.measure.farmed(farmer, self.ledger.karma(&farmer));
                posted.push(self.claim(farmer, vec![network]));
            }
        }
        posted
    }

    fn claim(&mut self, farmer: PeerKey, accused: Vec<IpNetwork>) -> Posted {
        self.pay(Kind::Farmer.name(), |cost, _| cost.post());
        Posted { statement: self.post(farmer, accused), is_evidence: true }
    }

    /// An address of the farmers' own, which attacks honest peers from the next step on; none when all were used lately.
    fn sow(&mut self) -> Option<IpNetwork> {
        let (step, number) = (self.step, u32::try_from(self.attackers.len()).unwrap_or(u32::MAX));
        let victims = (0..VICTIMS).map(|_| self.rng.usize(0..self.scenario.founders)).collect();
        let address = self.farm.addresses.iter_mut().find(|address| address.free <= step)?;
        let attacker = Attacker::farmed((address.network, number), victims, step + 1);
        *address = Address { network: Some(attacker.network), free: step + FALLOW };
        let network = attacker.network;
        self.attackers.push(attacker);
        Some(network)
    }
}
