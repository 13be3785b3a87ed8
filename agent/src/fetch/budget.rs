//! How often this agent asks somebody in vain.
//!
//! Who has a log, strangers say: any peer may post, mirror or like under a server that is not its own, by its very URL or
//! by a name that leads to its address. A swarm of such claims would have all agents spend there the ten requests a minute
//! that a server gives to each, or be shut out for handshakes that fail, until the server's owner is heard by nobody. It
//! would make this agent ask any host and port on the internet, too.
//!
//! Whose an address is nobody can tell before it is asked: an endpoint is a claim as well, an authority's certificate
//! names no peer, and behind a tunnel many peers share one address. So what counts is what becomes of the asking. Who
//! brings the log may be asked again at once, as often as there are logs. In vain an address is asked four times a minute
//! for all that anybody claims: copies that nobody vouches for, and what is posted outside of its owner's endpoint. Four
//! times more it is asked for each peer's own word: a reporter's posts under its own endpoint, and the copies of a peer that
//! liked the post and has karma. Others' claims cannot use those up, and since only posts that are believed are fetched
//! and nobody has karma for the asking, few can add their four.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use tokio::time::Instant;

use crate::{
    domain::PeerKey,
    guard::{counted, plain},
};

/// How often a tab may be charged within a minute.
const IN_VAIN: usize = 4;
const MINUTE: Duration = Duration::from_secs(60);
/// Most tabs that are kept; half a megabyte when there are so many.
const MOST: usize = 4096;

/// Where is asked, and on whose word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tab {
    address: IpAddr,
    peer: Option<PeerKey>,
}

impl Tab {
    /// For an address, however it is written, and this peer's own word; where none is named, for what anybody claims.
    pub(super) fn new(address: IpAddr, peer: Option<PeerKey>) -> Self {
        Self { address: counted(plain(address)), peer }
    }
}

/// What was asked within the last minute and has not brought a log, what is under way included.
#[derive(Debug, Default)]
pub(super) struct Budget {
    charges: HashMap<Tab, Vec<Instant>>,
}

impl Budget {
    /// Charges a tab; false where it has nothing left.
    #[must_use]
    pub(super) fn charge(&mut self, tab: Tab, now: Instant) -> bool {
        self.charges.retain(|_, charges| {
            charges.retain(|charged| now.duration_since(*charged) < MINUTE);
            !charges.is_empty()
        });
        if !self.charges.contains_key(&tab) && self.charges.len() >= MOST {
            self.forget_one();
        }
        let charges = self.charges.entry(tab).or_default();
        if charges.len() >= IN_VAIN {
            return false;
        }
        charges.push(now);
        true
    }

    /// Takes back what was charged then: it was not in vain.
    pub(super) fn refund(&mut self, tab: Tab, charged: Instant) {
        let Some(charges) = self.charges.get_mut(&tab) else { return };
        if let Some(index) = charges.iter().position(|known| *known == charged) {
            charges.remove(index);
        }
    }

    /// Forgets the tab that was charged least lately.
    fn forget_one(&mut self) {
        let oldest = self.charges.iter().min_by_key(|(_, charges)| charges.last().copied());
        if let Some(tab) = oldest.map(|(tab, _)| *tab) {
            self.charges.remove(&tab);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tab(address: &str) -> Tab {
        Tab::new(address.parse().unwrap(), None)
    }

    fn charges(budget: &mut Budget, tab: Tab, now: Instant) -> usize {
        (0..100).take_while(|_| budget.charge(tab, now)).count()
    }

    #[test]
    fn an_address_is_asked_in_vain_four_times_a_minute_whoever_claims_it() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        assert_eq!(charges(&mut budget, tab("203.0.113.7"), now), 4);
        let later = now + Duration::from_secs(59);
        assert_eq!(charges(&mut budget, tab("203.0.113.7"), later), 0);
        assert_eq!(charges(&mut budget, tab("203.0.113.8"), later), 4);
        assert_eq!(charges(&mut budget, tab("203.0.113.7"), now + MINUTE), 4);
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        for form in ["203.0.113.7", "::ffff:203.0.113.7", "64:ff9b::cb00:7107", "2002:cb00:7107::1"] {
            assert!(budget.charge(tab(form), now), "{form}");
        }
        assert!(!budget.charge(tab("203.0.113.7"), now));
        assert_eq!(charges(&mut budget, tab("2001:db8::1"), now), 4);
        assert!(!budget.charge(tab("2001:db8::2"), now), "a host picks freely within its /64");
    }

    #[test]
    fn what_others_claim_takes_nothing_from_a_reporters_own_posts() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        let own = |number| Tab::new("203.0.113.7".parse().unwrap(), Some(PeerKey([number; 32])));
        assert_eq!(charges(&mut budget, tab("203.0.113.7"), now), 4);
        assert_eq!(charges(&mut budget, own(1), now), 4, "nor has it more");
        assert_eq!(charges(&mut budget, own(2), now), 4);
    }

    #[test]
    fn who_brings_the_log_is_asked_as_often_as_there_are_logs() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        for _ in 0..100 {
            assert!(budget.charge(tab("203.0.113.7"), now));
            budget.refund(tab("203.0.113.7"), now);
        }
        assert_eq!(charges(&mut budget, tab("203.0.113.7"), now), 4);
    }

    #[test]
    fn however_many_addresses_are_named_only_so_many_are_kept() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        for number in 0..5000_u32 {
            let address = std::net::Ipv4Addr::from_bits(0x0b00_0000 + number);
            let at = now + Duration::from_millis(number.into());
            assert!(budget.charge(Tab::new(address.into(), None), at));
        }
        assert_eq!(budget.charges.len(), MOST);
        assert!(!budget.charges.contains_key(&tab("11.0.0.0")), "the one that was asked first made room");
    }
}
