//! `advance_cycle`.

use sentinel_interface::{Parameters, SentinelError, State};
use sentinel_tests::program::{Network, PARAMETERS};

const DAY: i64 = PARAMETERS.cycle_length;

fn state(network: &Network) -> State {
    State::parse(&network.data(&network.program.state())).unwrap()
}

#[test]
fn a_stranger_records_the_cycle_that_runs_however_many_are_over() {
    let mut network = Network::founded();
    let stranger = network.user(10);
    let before = state(&network);
    network.wait(3 * DAY + 5);
    network.send(network.program.advance_cycle(), &[&stranger]).unwrap();
    let after = state(&network);
    assert_eq!(after, State { cycle_index: 3, cycle_start: before.cycle_start + 3 * DAY, ..before });
}

#[test]
fn a_cycle_that_runs_is_not_over() {
    let mut network = Network::founded();
    let stranger = network.user(10);
    for seconds in [0, DAY - 1, -2 * DAY] {
        network.wait(seconds);
        let attempt = network.program.advance_cycle();
        assert_eq!(network.refusal(attempt, &[&stranger]), SentinelError::CycleNotOver, "{seconds}");
    }
}

#[test]
fn a_cycle_is_recorded_once() {
    let mut network = Network::founded();
    let stranger = network.user(10);
    network.wait(DAY);
    network.send(network.program.advance_cycle(), &[&stranger]).unwrap();
    let again = network.program.advance_cycle();
    assert_eq!(network.refusal(again, &[&stranger]), SentinelError::CycleNotOver);
}

#[test]
fn the_shortest_cycle_is_a_second_and_the_longest_never_ends() {
    for (cycle_length, expected) in [(1, Some(7)), (i64::MAX, None)] {
        let mut network = Network::founded_with(Parameters { cycle_length, ..PARAMETERS });
        let stranger = network.user(10);
        network.wait(7);
        match expected {
            Some(index) => {
                network.send(network.program.advance_cycle(), &[&stranger]).unwrap();
                assert_eq!(state(&network).cycle_index, index);
            }
            None => {
                let attempt = network.program.advance_cycle();
                assert_eq!(network.refusal(attempt, &[&stranger]), SentinelError::CycleNotOver);
            }
        }
    }
}

#[test]
fn beyond_the_last_number_there_is_no_cycle() {
    let mut network = Network::founded();
    let stranger = network.user(10);
    network.tamper(&network.program.state(), |data, _| {
        data[State::CYCLE_INDEX_OFFSET..][..8].copy_from_slice(&u64::MAX.to_le_bytes());
    });
    network.wait(DAY);
    let attempt = network.program.advance_cycle();
    assert_eq!(network.refusal(attempt, &[&stranger]), SentinelError::ArithmeticOverflow);
}
