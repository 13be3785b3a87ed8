//! The NFT of a post, read back byte by byte as wallets and explorers read it.

use sentinel_interface::program_id::TOKEN_2022;
use sentinel_tests::program::Network;
use solana_sdk::{pubkey::Pubkey, signer::Signer};
use std::collections::BTreeMap;

const HASH: [u8; 32] = [7; 32];

/// Types of the extensions that the mint must have, and no other.
const CLOSE_AUTHORITY: u16 = 3;
const METADATA_POINTER: u16 = 18;
const METADATA: u16 = 19;

/// The extensions of a Token-2022 mint: type, length and value after the padded mint.
fn extensions(data: &[u8]) -> BTreeMap<u16, Vec<u8>> {
    let mut rest = &data[166..];
    let mut found = BTreeMap::new();
    while let Some((header, tail)) = rest.split_first_chunk::<4>() {
        let [kind, len] = [[header[0], header[1]], [header[2], header[3]]].map(u16::from_le_bytes);
        let (value, tail) = tail.split_at(usize::from(len));
        found.insert(kind, value.to_vec());
        rest = tail;
    }
    found
}

fn published() -> (Network, Pubkey, Pubkey, Pubkey) {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    let post = network.publish(&owner, HASH);
    let mint = network.program.mint(&owner.pubkey(), &HASH);
    (network, owner.pubkey(), post, mint)
}

#[test]
fn there_is_exactly_one_token_and_nobody_can_mint_or_freeze_another() {
    let (network, .., mint) = published();
    let account = network.svm.get_account(&mint).unwrap();
    assert_eq!(account.owner, TOKEN_2022.into());
    let data = account.data;
    assert_eq!(data[..4], [0; 4], "mint authority");
    assert_eq!(data[36..44], 1u64.to_le_bytes(), "supply");
    assert_eq!(data[44], 0, "decimals");
    assert_eq!(data[46..50], [0; 4], "freeze authority");
}

#[test]
fn the_token_is_in_the_owners_associated_token_account() {
    let (network, owner, _, mint) = published();
    let data = network.data(&network.program.token_account(&owner, &mint));
    assert_eq!(data[..32], mint.to_bytes());
    assert_eq!(data[32..64], owner.to_bytes());
    assert_eq!(data[64..72], 1u64.to_le_bytes());
}

#[test]
fn only_the_program_can_close_the_mint_and_nothing_can_move_its_metadata() {
    let (network, _, post, mint) = published();
    let extensions = extensions(&network.data(&mint));
    assert_eq!(extensions.keys().copied().collect::<Vec<_>>(), [CLOSE_AUTHORITY, METADATA_POINTER, METADATA]);
    assert_eq!(extensions[&CLOSE_AUTHORITY], post.to_bytes());
    assert_eq!(extensions[&METADATA_POINTER], [[0; 32], mint.to_bytes()].concat());
}

#[test]
fn a_wallet_shows_what_the_token_is_and_where_the_log_is() {
    let (network, _, post, mint) = published();
    let metadata = extensions(&network.data(&mint)).remove(&METADATA).unwrap();
    assert_eq!(metadata[..32], post.to_bytes(), "update authority");
    assert_eq!(metadata[32..64], mint.to_bytes());
    let mut expected = Vec::new();
    for text in ["Sentinel malicious log", "SENTINEL", "https://founder/logs/0123456789abcdef"] {
        expected.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        expected.extend(text.as_bytes());
    }
    expected.extend([0; 4]);
    assert_eq!(metadata[64..], expected);
}

#[test]
fn the_mint_holds_its_rent_and_no_more() {
    let (network, .., mint) = published();
    let account = network.svm.get_account(&mint).unwrap();
    assert_eq!(account.lamports, network.svm.minimum_balance_for_rent_exemption(account.data.len()));
}
