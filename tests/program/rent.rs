//! Accounts that change their length after the ledger has changed its rent.

use crate::add_mirror::{MIRROR, mirrors, published};
use sentinel_interface::Peer;
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{pubkey::Pubkey, rent::Rent, signature::Keypair, signer::Signer};

const SHORT: &str = "http://a";
const LONG: &str = "https://a-much-longer-name.peer-a.example:9000";

/// Changes the price of a byte.
fn reprice(network: &mut Network, price: impl Fn(u64) -> u64) {
    let rent: Rent = network.svm.get_sysvar();
    network.svm.set_sysvar(&Rent { lamports_per_byte: price(rent.lamports_per_byte), ..rent });
}

fn balance(network: &Network, account: &Pubkey) -> u64 {
    network.svm.get_balance(account).unwrap()
}

/// What `account` has to hold at today's price.
fn rent(network: &Network, account: &Pubkey) -> u64 {
    network.svm.minimum_balance_for_rent_exemption(network.data(account).len())
}

fn mirror(network: &mut Network, peer: &Keypair, post: &Pubkey) -> u64 {
    network.send(network.program.add_mirror(&peer.pubkey(), post, MIRROR), &[peer]).unwrap().fee
}

fn withdraw(network: &mut Network, peer: &Keypair, post: &Pubkey) -> u64 {
    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), post, MIRROR);
    network.send(remove, &[peer]).unwrap().fee
}

#[test]
fn what_a_post_holds_above_a_rent_that_fell_pays_no_mirror() {
    let (mut network, _, peer, post) = published();
    let held = balance(&network, &post);
    reprice(&mut network, |price| price / 2);
    assert!(held > rent(&network, &post));
    let mut own = balance(&network, &peer.pubkey());
    for _ in 0..3 {
        own -= mirror(&mut network, &peer, &post) + withdraw(&mut network, &peer, &post);
        assert_eq!((balance(&network, &post), balance(&network, &peer.pubkey())), (held, own));
    }
}

#[test]
fn a_mirror_gets_back_what_its_bytes_cost_today_as_far_as_the_post_keeps_its_rent() {
    let (mut network, _, peer, post) = published();
    mirror(&mut network, &peer, &post);
    let held = balance(&network, &post);
    // A little less than the new price of all of it.
    let gift = held / 2 - 100_000;
    network.svm.airdrop(&post, gift).unwrap();
    reprice(&mut network, |price| price * 3 / 2);
    let own = balance(&network, &peer.pubkey());
    let fee = withdraw(&mut network, &peer, &post);
    assert_eq!(mirrors(&network, &post), []);
    assert_eq!(balance(&network, &post), rent(&network, &post));
    let refund = held + gift - balance(&network, &post);
    assert_eq!(balance(&network, &peer.pubkey()), own + refund - fee);
}

#[test]
fn no_refund_at_a_rent_that_rose_touches_the_bond() {
    let mut network = Network::founded();
    let user = network.founder(10, 50);
    let peer = network.program.peer(&user.pubkey());
    network.send(network.program.set_endpoint(&user.pubkey(), LONG), &[&user]).unwrap();
    let held = balance(&network, &peer);
    reprice(&mut network, |price| price * 3);
    network.send(network.program.set_endpoint(&user.pubkey(), SHORT), &[&user]).unwrap();
    assert_eq!(balance(&network, &peer), held);
    assert_eq!(Peer::parse(&network.data(&peer)).unwrap().endpoint.as_str(), SHORT);

    network.send(network.program.set_endpoint(&user.pubkey(), LONG), &[&user]).unwrap();
    assert_eq!(balance(&network, &peer), rent(&network, &peer) + PARAMETERS.bond);
}
