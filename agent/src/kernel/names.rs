//! Names of sets, for whoever writes or reads a table like the agent's.

use ipnetwork::IpNetwork;

use super::Scope;
use super::nft::{Family, Role, SetId, Side};

/// What the elements of one of our sets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Networks that are blocked, all of one prefix length, of which the set has the first address each.
    Blocked {
        /// Whether they are of IPv4.
        is_ipv4: bool,
        /// In bits.
        prefix: u8,
    },
    /// Networks that always pass, or that only lead to the sets of those behind them.
    NothingBlocked,
}

/// The name of the set in which a network stands that is blocked in this scope.
#[must_use]
pub fn set_name(network: IpNetwork, scope: Scope) -> String {
    SetId::of(network, scope, Side::First).to_string()
}

/// What a set of this name holds; none when the name is none of ours.
#[must_use]
pub fn held_in(name: &str) -> Option<Holds> {
    if Family::BOTH.iter().any(|family| family.allowed() == name) {
        return Some(Holds::NothingBlocked);
    }
    SetId::parse(name).map(|set| match set.role {
        Role::Gate => Holds::NothingBlocked,
        Role::Exact => Holds::Blocked { is_ipv4: set.family == Family::V4, prefix: set.prefix },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_set_holds_follows_from_its_name_when_it_is_ours() {
        let blocked = |is_ipv4, prefix| Some(Holds::Blocked { is_ipv4, prefix });
        let network = "2001:db8::/48".parse().unwrap();
        assert_eq!(held_in(&set_name(network, Scope::Inbound)), blocked(false, 48));
        assert_eq!(held_in("blocked4"), blocked(true, 32));
        assert_eq!(held_in("blocked4_24_b"), blocked(true, 24));
        assert_eq!(held_in("blocked4_gate25"), Some(Holds::NothingBlocked));
        assert_eq!(held_in("allowed6"), Some(Holds::NothingBlocked));
        for foreign in ["blacklist_4", "blocked_4", "crowdsec_24", "blocked4_33", "addr-set-sshd", ""] {
            assert_eq!(held_in(foreign), None, "{foreign}");
        }
    }
}
