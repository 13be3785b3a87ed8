//! `initialize`.

use sentinel_interface::{Parameters, SentinelError, State, instruction::InitializeAccounts};
use sentinel_tests::program::{Network, PARAMETERS, key};
use solana_sdk::signer::Signer;

use crate::valid::replace;

#[test]
fn the_network_begins_with_its_authority_its_rules_and_cycle_zero() {
    let network = Network::founded();
    let state = State::parse(&network.data(&network.program.state())).unwrap();
    assert_eq!(state.authority, network.authority.pubkey().to_bytes());
    assert_eq!(state.parameters, PARAMETERS);
    assert_eq!(state.cycle_index, 0);
}

#[test]
fn a_network_is_founded_once_even_for_its_authority() {
    let network = Network::founded();
    let again = network.program.initialize(&network.authority.pubkey(), PARAMETERS);
    let refusal = network.refusal(again, &[&network.authority, &network.program_key]);
    assert_eq!(refusal, SentinelError::AlreadyInitialized);
}

#[test]
fn nobody_without_the_programs_key_becomes_the_authority() {
    let mut network = Network::deployed();
    let thief = network.user(3);
    let mut unsigned = network.program.initialize(&thief.pubkey(), PARAMETERS);
    let own_key = unsigned.clone();
    unsigned.accounts[1].is_signer = false;
    assert_eq!(network.refusal(unsigned, &[&thief]), SentinelError::MissingSignature);

    let mut forged = own_key;
    replace(&mut forged, &InitializeAccounts::ROLES, "program", &key(4).pubkey());
    assert_eq!(network.refusal(forged, &[&thief, &key(4)]), SentinelError::WrongProgram);
}

#[test]
fn a_cycle_lasts_at_least_one_second() {
    let network = Network::deployed();
    for cycle_length in [0, -1, i64::MIN] {
        let parameters = Parameters { cycle_length, ..PARAMETERS };
        let initialize = network.program.initialize(&network.authority.pubkey(), parameters);
        let refusal = network.refusal(initialize, &[&network.authority, &network.program_key]);
        assert_eq!(refusal, SentinelError::InvalidParameters);
    }
}

#[test]
fn lamports_sent_beforehand_do_not_keep_the_network_from_being_founded() {
    let mut network = Network::deployed();
    let state = network.program.state();
    network.fund(&state);
    let initialize = network.program.initialize(&network.authority.pubkey(), PARAMETERS);
    let signers = [network.authority.insecure_clone(), network.program_key.insecure_clone()];
    network.send(initialize, &signers.each_ref()).unwrap();
    assert!(State::parse(&network.data(&state)).is_ok());
}
