#![allow(clippy::unwrap_used)]

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use sentinel_interface::{Instruction as Request, Url};
use solana_sdk::{
    hash::Hash,
    instruction::Instruction,
    message::{AddressLookupTableAccount, Message, v0},
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

use super::*;
use crate::domain::{PeerKey, PostId, ProgramId};

const URL: &str = "https://a.example/logs/0123456789abcdef";
const HASH: FileHash = FileHash([7; 32]);

fn addresses() -> Addresses {
    Addresses::new(ProgramId([9; 32]))
}

fn key_of(owner: &Keypair) -> PeerKey {
    PeerKey(owner.pubkey().to_bytes())
}

/// The owner's post as an endpoint shows it.
fn post(owner: &Keypair) -> Post {
    Post {
        id: PostId(addresses().mint_accounts(&key_of(owner), &HASH).post),
        owner: key_of(owner),
        log_url: URL.to_owned(),
        file_hash: HASH,
        timestamp: Timestamp::UNIX_EPOCH,
        likes: 0,
        disputes: 0,
        retracted: false,
        cycle: 0,
        mirrors: vec![],
    }
}

/// The owner's request for it.
fn request(addresses: &Addresses, owner: &Keypair) -> Instruction {
    let accounts = addresses.mint_accounts(&key_of(owner), &HASH);
    let request = Request::MintNft { log_url: Url::new(URL).unwrap(), file_hash: HASH.0 };
    addresses.instruction(&accounts.metas(), &request)
}

fn encoded(message: &VersionedMessage, signers: &[&Keypair]) -> String {
    let message = message.serialize();
    let mut bytes = vec![u8::try_from(signers.len()).unwrap()];
    signers.iter().for_each(|signer| bytes.extend(signer.sign_message(&message).as_array()));
    bytes.extend(message);
    BASE64_STANDARD.encode(bytes)
}

fn legacy(instructions: &[Instruction], payer: &Keypair) -> VersionedMessage {
    VersionedMessage::Legacy(Message::new_with_blockhash(
        instructions,
        Some(&payer.pubkey()),
        &Hash::default(),
    ))
}

fn with_table(instruction: Instruction, owner: &Keypair, table: &[Pubkey]) -> VersionedMessage {
    let table = AddressLookupTableAccount { key: Pubkey::new_unique(), addresses: table.to_vec() };
    let message = v0::Message::try_compile(&owner.pubkey(), &[instruction], &[table], Hash::default());
    VersionedMessage::V0(message.unwrap())
}

fn url(transaction: String, post: &Post) -> Result<String, NotSigned> {
    addresses().signed_url(transaction, post)
}

#[test]
fn what_the_owner_signed_is_read_from_transactions_of_every_version() {
    let owner = Keypair::new();
    let request = request(&addresses(), &owner);
    let other = Instruction { program_id: Pubkey::new_unique(), accounts: vec![], data: vec![2, 1] };
    for message in [
        legacy(std::slice::from_ref(&request), &owner),
        legacy(&[other, request.clone()], &owner),
        with_table(request, &owner, &[Pubkey::new_unique()]),
    ] {
        assert_eq!(url(encoded(&message, &[&owner]), &post(&owner)).unwrap(), URL);
    }
}

#[test]
fn somebody_else_may_pay_as_long_as_the_owner_signs() {
    let (owner, payer) = (Keypair::new(), Keypair::new());
    let message = legacy(&[request(&addresses(), &owner)], &payer);
    assert_eq!(url(encoded(&message, &[&payer, &owner]), &post(&owner)).unwrap(), URL);
}

#[test]
fn an_endpoint_that_shows_another_url_is_corrected_by_the_signature() {
    let owner = Keypair::new();
    let message = legacy(&[request(&addresses(), &owner)], &owner);
    let shown = Post { log_url: "https://liar.example/log".to_owned(), ..post(&owner) };
    assert_eq!(url(encoded(&message, &[&owner]), &shown).unwrap(), URL);
}

#[test]
fn a_signature_of_somebody_else_or_over_other_bytes_proves_nothing() {
    let (owner, liar) = (Keypair::new(), Keypair::new());
    let message = legacy(&[request(&addresses(), &owner)], &owner);
    let forged = encoded(&message, &[&liar]);
    assert!(matches!(url(forged, &post(&owner)), Err(NotSigned::Signature(0))));

    let mut bytes = BASE64_STANDARD.decode(encoded(&message, &[&owner])).unwrap();
    let at = bytes.windows(URL.len()).position(|window| window == URL.as_bytes()).unwrap();
    bytes[at + 8] = b'b';
    let changed = BASE64_STANDARD.encode(bytes);
    assert!(matches!(url(changed, &post(&owner)), Err(NotSigned::Signature(0))));
}

#[test]
fn an_owner_that_is_named_and_does_not_sign_has_said_nothing() {
    let (owner, liar) = (Keypair::new(), Keypair::new());
    let mut request = request(&addresses(), &owner);
    request.accounts[0].is_signer = false;
    let message = legacy(&[request], &liar);
    assert!(matches!(url(encoded(&message, &[&liar]), &post(&owner)), Err(NotSigned::OtherContent)));
}

#[test]
fn a_transaction_about_another_log_owner_or_program_is_not_about_this_post() {
    let (owner, other) = (Keypair::new(), Keypair::new());
    let foreign = Addresses::new(ProgramId([8; 32]));
    let cases = [
        (encoded(&legacy(&[request(&addresses(), &other)], &other), &[&other]), post(&owner)),
        (encoded(&legacy(&[request(&foreign, &owner)], &owner), &[&owner]), post(&owner)),
        (
            encoded(&legacy(&[request(&addresses(), &owner)], &owner), &[&owner]),
            Post { file_hash: FileHash([1; 32]), ..post(&owner) },
        ),
        (
            encoded(&legacy(&[request(&addresses(), &owner)], &owner), &[&owner]),
            Post { id: PostId([1; 32]), ..post(&owner) },
        ),
    ];
    for (transaction, post) in cases {
        assert!(matches!(url(transaction, &post), Err(NotSigned::OtherContent)));
    }
}

#[test]
fn every_account_must_be_the_one_that_the_program_wants() {
    let owner = Keypair::new();
    for number in 1..request(&addresses(), &owner).accounts.len() {
        let mut request = request(&addresses(), &owner);
        request.accounts[number].pubkey = Pubkey::new_unique();
        let message = legacy(&[request], &owner);
        assert!(url(encoded(&message, &[&owner]), &post(&owner)).is_err(), "account {number}");
    }
}

#[test]
fn what_a_lookup_table_would_bring_is_not_covered_by_the_signature_and_does_not_count() {
    let owner = Keypair::new();
    let post = post(&owner);
    let message = with_table(request(&addresses(), &owner), &owner, &[post.id.0.into()]);
    assert_eq!(message.address_table_lookups().map(<[_]>::len), Some(1));
    assert!(matches!(url(encoded(&message, &[&owner]), &post), Err(NotSigned::OtherContent)));
}

#[test]
fn a_post_is_taken_back_by_its_owner_alone_and_no_other_post_with_it() {
    let (owner, liar) = (Keypair::new(), Keypair::new());
    let post = post(&owner);
    let retraction = |signer: &Keypair, post: PostId| {
        let accounts = RetractPostAccounts { owner: key_of(signer).0, post: post.0 };
        let request = addresses().instruction(&accounts.metas(), &Request::RetractPost);
        encoded(&legacy(&[request], signer), &[signer])
    };
    assert!(addresses().is_retracted_by(retraction(&owner, post.id), &post).is_ok());
    let made = encoded(&legacy(&[request(&addresses(), &owner)], &owner), &[&owner]);
    for other in [retraction(&liar, post.id), retraction(&owner, PostId([1; 32])), made] {
        assert!(matches!(addresses().is_retracted_by(other, &post), Err(NotSigned::OtherContent)));
    }
}

#[test]
fn garbage_of_any_size_is_no_transaction() {
    let post = post(&Keypair::new());
    for text in [String::new(), "AA".to_owned(), "!".repeat(100), BASE64_STANDARD.encode([0; 1000])] {
        assert!(matches!(url(text, &post), Err(NotSigned::Unreadable)));
    }
    assert!(matches!(url("A".repeat(1 << 20), &post), Err(NotSigned::TooLarge(_))));
}
