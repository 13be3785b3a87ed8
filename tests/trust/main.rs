//! Small networks with hostile peers, simulated: what `make sim-trust` shows of a large one holds in each of them.

use sentinel_agent::domain::PeerKey;
use sentinel_tests::{
    program::PARAMETERS,
    sim::{Crowd, Outcome, Rules, Scenario, Svm, World},
};
use solana_sdk::{signature::Keypair, signer::Signer};

/// All adversaries that must not get anywhere, of each some.
const CROWD: Crowd =
    Crowd { liars: 2, copycats: 2, ring: 2, garbage: 1, turncoats: 1, farmers: 0, addresses: 0, wave: 40 };

fn scenario(crowd: Crowd) -> Scenario {
    Scenario {
        name: "small",
        seed: 7,
        days: 5,
        founders: 12,
        newcomers: 2,
        crowd,
        attackers: 40,
        words: None,
    }
}

fn outcome(scenario: Scenario) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(scenario.seed);
    let key = |_| PeerKey(std::array::from_fn(|_| rng.u8(..)));
    let keys: Vec<PeerKey> = (0..scenario.peers()).map(key).collect();
    let rules = Rules::new(PARAMETERS, World::<Rules>::begin());
    World::new(scenario, rules, &keys).run().0
}

#[test]
fn no_innocent_is_blocked_whatever_hostile_peers_say_and_attackers_are() {
    // Long enough for both newcomers to be first with enough attackers. Until they are, what one of them saw is missed.
    let outcome = outcome(Scenario { days: 9, ..scenario(CROWD) });
    assert_eq!(outcome.innocents, 0);
    assert!(outcome.attackers > 20 && outcome.blocked >= 0.9, "{outcome:?}");
    assert!(outcome.slowest_newcomer() <= 50 && outcome.believed_newcomers() == 2, "{:?}", outcome.newcomers);
}

#[test]
fn a_peer_that_turns_is_harmless_alone_and_two_are_not() {
    let turned = |turncoats| outcome(scenario(Crowd { turncoats, ..Crowd::default() })).innocents;
    assert_eq!(turned(1), 0);
    assert!(turned(2) > 0, "the boundary that docs/TRUST.md tells");
}

#[test]
fn who_attacks_to_be_believed_needs_seven_addresses_for_it_and_two_such_are_not_harmless() {
    let farmed = |farmers, addresses, days| {
        let crowd = Crowd { farmers, addresses, ..Crowd::default() };
        outcome(Scenario { days, ..scenario(crowd) })
    };
    let short = farmed(2, 12, 1);
    assert_eq!((short.innocents, short.believed_hostile), (0, 0), "six posts each: {:?}", short.farmers);
    let alone = farmed(1, 40, 2);
    assert!(alone.innocents == 0 && alone.farmers[0].corroborated >= 7, "{:?}", alone.farmers);
    let two = farmed(2, 60, 2);
    assert!(two.innocents > 0, "the boundary that docs/TRUST.md tells");
    assert!(two.addresses >= 14, "{}", two.addresses);
}

#[test]
fn the_same_seed_gives_the_same_history() {
    assert_eq!(outcome(scenario(CROWD)), outcome(scenario(CROWD)));
}

#[test]
fn the_rules_of_the_simulation_are_those_of_the_real_program() {
    let others = Crowd { liars: 1, copycats: 1, ring: 2, garbage: 1, turncoats: 2, ..Crowd::default() };
    let crowd = Crowd { farmers: 2, addresses: 12, ..others };
    let scenario = Scenario { days: 2, founders: 6, ..scenario(crowd) };
    let mut rng = fastrand::Rng::with_seed(scenario.seed);
    let seeds: Vec<[u8; 32]> = (0..scenario.peers()).map(|_| std::array::from_fn(|_| rng.u8(..))).collect();
    let key = |seed: &[u8; 32]| PeerKey(Keypair::new_from_array(*seed).pubkey().to_bytes());
    let keys: Vec<PeerKey> = seeds.iter().map(key).collect();
    let (_, ledger) = World::new(scenario, Svm::new(&seeds, World::<Svm>::begin()), &keys).run();
    assert!(ledger.compared() > 50, "{}", ledger.compared());
}
