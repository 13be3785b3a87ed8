//! Who attacks again is blocked for longer.

use super::*;

#[test]
fn who_attacks_again_after_a_block_is_blocked_for_longer_and_after_a_restart_too() {
    let mut engine = new();
    let network = net("203.0.113.7");
    let first = attack(&mut engine, "203.0.113.7", 0, 5);
    let [Record::Reason(..), Record::Offence(_, offence)] = first.records[..] else {
        panic!("{:?}", first.records)
    };
    assert_eq!((offence.strikes, offence.until), (1, at(4 + 4 * HOUR)));
    let mut restarted = new();
    restarted.restore_offences(vec![(network, offence)]);
    for engine in [&mut engine, &mut restarted] {
        let _ = engine.expire(at(5 * HOUR));
        let _ = attack(engine, "203.0.113.7", 5 * HOUR, 5);
        assert_eq!(engine.blocks().get(network).unwrap().until(), at(5 * HOUR + 4 + 8 * HOUR));
    }
}

#[test]
fn while_the_operator_keeps_a_network_blocked_its_strikes_neither_grow_nor_fade() {
    let mut engine = new();
    let network = net("203.0.113.7");
    for (hour, strikes) in [(0, 1), (5, 2)] {
        let _ = attack(&mut engine, "203.0.113.7", hour * HOUR, 5);
        assert_eq!(engine.offenders().get(network).unwrap().strikes, strikes);
    }
    let mut outcome = Outcome::default();
    engine.block_manually(order("203.0.113.7", 1000), at(6 * HOUR), &mut outcome).unwrap();
    let offence = Offence { strikes: 2, until: at(1006 * HOUR) };
    assert_eq!(outcome.records[1..], [Record::Offence(network, offence)]);
    let _ = engine.expire(at(900 * HOUR));
    let outcome = attack(&mut engine, "203.0.113.7", 900 * HOUR, 5);
    assert!(outcome.records.contains(&Record::Offence(network, offence)), "{:?}", outcome.records);
    let outcome =
        testing::retract(&mut engine, |origin| origin.class() == SourceClass::Manual, at(901 * HOUR));
    let offence = Offence { until: at(908 * HOUR + 4), ..offence };
    assert_eq!(outcome.records[1..], [Record::Offence(network, offence)], "its own block ends earlier");
}

#[test]
fn a_block_that_is_let_go_ends_there_for_its_strikes_too() {
    let mut engine = new();
    let network = net("203.0.113.7");
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    let outcome = testing::retract(&mut engine, |_| true, at(HOUR));
    let offence = Offence { strikes: 1, until: at(HOUR) };
    assert_eq!(outcome.records, [Record::BlockGone(network), Record::Offence(network, offence)]);
}

#[test]
fn strikes_from_before_a_restart_are_not_forgiven_while_a_block_is_back() {
    let mut engine = new();
    let network = net("203.0.113.7");
    block(&mut engine, "203.0.113.7", &mut Outcome::default()).unwrap();
    engine.restore_offences(vec![(network, Offence { strikes: 2, until: at(-HOUR) })]);
    assert_eq!(engine.offenders().get(network).unwrap().until, at(HOUR));
}

#[test]
fn what_peers_and_the_operator_block_is_no_strike() {
    let mut engine = new();
    let _ = accuse(&mut engine, &[("203.0.113.7", 3)], (at(0), at(1)));
    block(&mut engine, "203.0.113.8", &mut Outcome::default()).unwrap();
    assert!(engine.offenders().is_empty());
}
