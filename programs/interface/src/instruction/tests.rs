#![allow(clippy::unwrap_used)]

extern crate std;
use super::*;
use crate::{Address, parameters_of_tests};
use std::{format, vec::Vec};

fn all<'a>(url: Url<'a>) -> [Instruction<'a>; 13] {
    [
        Instruction::Initialize { parameters: parameters_of_tests() },
        Instruction::JoinNetwork { endpoint: url, karma: 50 },
        Instruction::MintNft { log_url: url, file_hash: [7; 32] },
        Instruction::LikePost,
        Instruction::DisputePost,
        Instruction::RetractPost,
        Instruction::RetirePost,
        Instruction::CloseVerdict,
        Instruction::LeaveNetwork,
        Instruction::AdvanceCycle,
        Instruction::SetEndpoint { endpoint: url },
        Instruction::AddMirror { url },
        Instruction::RemoveMirror { url },
    ]
}

#[test]
fn every_instruction_decodes_to_what_was_encoded_even_with_the_longest_url() {
    let longest = format!("https://{}", "a".repeat(192));
    for text in ["http://a", &longest] {
        for instruction in all(Url::new(text).unwrap()) {
            assert_eq!(Instruction::decode(&instruction.encode()), Ok(instruction));
        }
    }
}

#[test]
fn the_bytes_are_those_of_borsh() {
    let data = Instruction::MintNft { log_url: Url::new("http://a").unwrap(), file_hash: [7; 32] }.encode();
    let expected: Vec<u8> = [&discriminator::MINT_NFT[..], &[8, 0, 0, 0], b"http://a", &[7; 32]].concat();
    assert_eq!(*data, expected);
}

#[test]
fn data_that_is_cut_off_or_goes_on_is_refused_at_every_length() {
    for instruction in all(Url::new("http://a").unwrap()) {
        let data = instruction.encode();
        for len in 0..data.len() {
            assert_eq!(Instruction::decode(&data[..len]), Err(SentinelError::InvalidInstruction));
        }
        let longer = [&data[..], &[0]].concat();
        assert_eq!(Instruction::decode(&longer), Err(SentinelError::InvalidInstruction));
    }
}

#[test]
fn a_bad_url_and_an_unknown_instruction_have_their_own_errors() {
    let mint = |url: &[u8]| {
        let len = u32::try_from(url.len()).unwrap().to_le_bytes();
        [&discriminator::MINT_NFT[..], &len, url, &[0; 32]].concat()
    };
    let long = format!("https://{}", "a".repeat(193));
    assert_eq!(Instruction::decode(&mint(long.as_bytes())), Err(SentinelError::UrlTooLong));
    assert_eq!(Instruction::decode(&mint(b"")), Err(SentinelError::InvalidUrl));
    assert_eq!(Instruction::decode(&mint(b"gopher://x")), Err(SentinelError::InvalidUrl));
    assert_eq!(Instruction::decode(&[0; 8]), Err(SentinelError::UnknownInstruction));
}

#[test]
fn metas_come_in_the_order_of_the_roles() {
    let address = |byte: u8| -> Address { [byte; 32] };
    let accounts = JoinNetworkAccounts {
        user: address(1),
        peer: address(2),
        state: address(3),
        system_program: address(4),
    };
    let metas = accounts.with_authority(address(5));
    for (index, role) in JoinNetworkAccounts::ROLES.iter().enumerate() {
        assert_eq!((metas[index].is_signer, metas[index].is_writable), (role.is_signer, role.is_writable));
    }
    assert_eq!(metas.map(|meta| meta.address[0]), [1, 2, 3, 4, 5]);
    assert_eq!(metas.map(|meta| meta.is_signer), [true, false, false, false, true]);
    assert_eq!(metas.map(|meta| meta.is_writable), [true, true, false, false, false]);
}
