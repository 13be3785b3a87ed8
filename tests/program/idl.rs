//! The IDL that is shipped for Anchor clients says what the interface says: whoever follows it writes the same bytes.

use std::collections::BTreeMap;

use sentinel_interface::{
    Instruction, Mirrors, Opinions, Parameters, Peer, Post, SentinelError, State, Url, Verdict, VerdictKind,
    discriminator::Discriminator,
    instruction::{AccountRole, JoinNetworkAccounts},
    program_id,
};
use sentinel_tests::program::{PARAMETERS, Program, key};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signer::Signer};

use crate::valid;

fn idl() -> Value {
    serde_json::from_str(include_str!("../../programs/sentinel.idl.json")).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

fn name(entry: &Value) -> &str {
    entry["name"].as_str().unwrap()
}

/// The entry called `wanted` in one of the IDL's lists.
fn entry<'a>(entries: &'a [Value], wanted: &str) -> &'a Value {
    entries.iter().find(|entry| name(entry) == wanted).unwrap_or_else(|| panic!("no {wanted}"))
}

fn discriminator(entry: &Value) -> Discriminator {
    serde_json::from_value(entry["discriminator"].clone()).unwrap()
}

const URL: &str = "https://peer-a.example:9000";

/// The values of all arguments and fields, by name, as Borsh writes them.
fn values() -> BTreeMap<&'static str, Vec<u8>> {
    let number = |number: u64| number.to_le_bytes().to_vec();
    let text = [&27u32.to_le_bytes()[..], URL.as_bytes()].concat();
    BTreeMap::from([
        ("cycle_length", number(86_400)),
        ("bond", number(PARAMETERS.bond)),
        ("karma_per_like", number(PARAMETERS.karma_per_like)),
        ("karma_per_dispute", number(PARAMETERS.karma_per_dispute)),
        ("vote_min_karma", number(PARAMETERS.vote_min_karma)),
        ("opinion_limit", vec![PARAMETERS.opinion_limit]),
        ("endpoint", text.clone()),
        ("log_url", text.clone()),
        ("url", text),
        ("karma", number(11)),
        ("granted", number(12)),
        ("joined", number(13)),
        ("last_post", number(14)),
        ("cycle_index", number(15)),
        ("cycle_start", number(16)),
        ("timestamp", number(17)),
        ("likes", number(18)),
        ("disputes", number(19)),
        ("file_hash", vec![20; 32]),
        ("authority", vec![21; 32]),
        ("user", vec![22; 32]),
        ("owner", vec![23; 32]),
        ("nft_mint", vec![24; 32]),
        ("voter", vec![25; 32]),
        ("post", vec![26; 32]),
        ("active", vec![1]),
        ("retracted", vec![1]),
        ("bump", vec![27]),
        ("opinions", vec![0; 128]),
        ("mirror_urls", vec![0; 4]),
        ("mirror_owners", vec![0; 4]),
    ])
}

/// How many bytes a value of this type has; none when that varies.
fn size(kind: &Value) -> Option<usize> {
    match kind.as_str() {
        Some("bool" | "u8" | "i8") => Some(1),
        Some("u64" | "i64") => Some(8),
        Some("pubkey") => Some(32),
        Some("string") => None,
        _ if kind["vec"] == "string" || kind["vec"] == "pubkey" => None,
        _ => Some(
            size(&kind["array"][0]).unwrap() * usize::try_from(kind["array"][1].as_u64().unwrap()).unwrap(),
        ),
    }
}

/// These arguments or fields as a client encodes them that knows the IDL alone.
fn encode(idl: &Value, fields: &[Value]) -> Vec<u8> {
    let encoded = fields.iter().flat_map(|field| {
        if let Some(defined) = field["type"]["defined"]["name"].as_str() {
            return encode(idl, list(&entry(list(idl, "types"), defined)["type"], "fields"));
        }
        let value = values().remove(name(field)).unwrap_or_else(|| panic!("no value for {}", name(field)));
        assert!(size(&field["type"]).is_none_or(|size| size == value.len()), "{field}");
        value
    });
    encoded.collect()
}

fn instructions(url: Url<'_>) -> BTreeMap<&'static str, Instruction<'_>> {
    BTreeMap::from([
        ("initialize", Instruction::Initialize { parameters: PARAMETERS }),
        ("join_network", Instruction::JoinNetwork { endpoint: url, karma: 11 }),
        ("mint_nft", Instruction::MintNft { log_url: url, file_hash: [20; 32] }),
        ("like_post", Instruction::LikePost),
        ("dispute_post", Instruction::DisputePost),
        ("close_verdict", Instruction::CloseVerdict),
        ("retract_post", Instruction::RetractPost),
        ("retire_post", Instruction::RetirePost),
        ("leave_network", Instruction::LeaveNetwork),
        ("advance_cycle", Instruction::AdvanceCycle),
        ("set_endpoint", Instruction::SetEndpoint { endpoint: url }),
        ("add_mirror", Instruction::AddMirror { url }),
        ("remove_mirror", Instruction::RemoveMirror { url }),
    ])
}

#[test]
fn instructions_and_their_arguments_are_written_as_the_interface_writes_them() {
    let idl = idl();
    let mut expected = instructions(Url::new(URL).unwrap());
    for described in list(&idl, "instructions") {
        let instruction =
            expected.remove(name(described)).unwrap_or_else(|| panic!("no {}", name(described)));
        let bytes = [discriminator(described).to_vec(), encode(&idl, list(described, "args"))].concat();
        assert_eq!(bytes, *instruction.encode(), "{}", name(described));
    }
    assert!(expected.is_empty(), "the IDL leaves out {:?}", expected.keys());
}

#[test]
fn instructions_take_the_interfaces_accounts_in_its_order() {
    let idl = idl();
    for valid in valid::all() {
        let described = list(entry(list(&idl, "instructions"), valid.instruction_name()), "accounts");
        let mut roles = valid.roles.to_vec();
        if valid.instruction_name() == "join_network" {
            roles.push(JoinNetworkAccounts::AUTHORITY_ROLE);
        }
        assert_eq!(described.len(), roles.len(), "{}", valid.name);
        for (described, role) in described.iter().zip(roles) {
            let (is_signer, is_writable) = (described["signer"] == true, described["writable"] == true);
            assert_eq!(AccountRole { is_signer, is_writable, ..role }, role, "{} {}", valid.name, role.name);
            assert_eq!(name(described), role.name, "{}", valid.name);
        }
    }
}

#[test]
fn program_accounts_have_their_addresses() {
    let idl = idl();
    for account in list(&idl, "instructions").iter().flat_map(|instruction| list(instruction, "accounts")) {
        let expected = match name(account) {
            "system_program" => program_id::SYSTEM,
            "token_program" => program_id::TOKEN_2022,
            "associated_token_program" => program_id::ASSOCIATED_TOKEN,
            _ => continue,
        };
        assert_eq!(account["address"], Pubkey::from(expected).to_string());
    }
}

#[test]
fn seeds_lead_to_the_interfaces_addresses() {
    let program = Program { id: key(1).pubkey() };
    let (owner, voter, hash) = (key(2).pubkey(), key(3).pubkey(), [7; 32]);
    let (mint, post) = (program.mint(&owner, &hash), program.post(&owner, &hash));
    let value = |path: &str| match path {
        "user" | "owner" => owner.to_bytes(),
        "liker" | "disputer" => voter.to_bytes(),
        "nft_mint" => mint.to_bytes(),
        "post" => post.to_bytes(),
        "token_program" => program_id::TOKEN_2022,
        "file_hash" => hash,
        other => panic!("a seed of unknown origin: {other}"),
    };
    let idl = idl();
    let with_seeds = list(&idl, "instructions").iter().flat_map(|instruction| {
        let accounts = list(instruction, "accounts").iter().filter(|account| account["pda"].is_object());
        accounts.map(move |account| (name(instruction), account))
    });
    for (instruction, account) in with_seeds {
        let expected = match name(account) {
            "state" => program.state(),
            "peer" => program.peer(&owner),
            "liker_peer" | "disputer_peer" => program.peer(&voter),
            "nft_mint" => mint,
            "token_account" => program.token_account(&owner, &mint),
            "post" => post,
            "like" => program.like(&voter, &post),
            "dispute" => program.dispute(&voter, &post),
            other => panic!("{instruction}: an address of unknown seeds: {other}"),
        };
        let seed = |seed: &Value| match seed["path"].as_str() {
            Some(path) => value(path).to_vec(),
            None => serde_json::from_value(seed["value"].clone()).unwrap(),
        };
        let seeds: Vec<Vec<u8>> = list(&account["pda"], "seeds").iter().map(seed).collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        let deriving = account["pda"].get("program").map(|program| program["value"].clone());
        let deriving =
            deriving.map_or(program.id, |id| serde_json::from_value::<[u8; 32]>(id).unwrap().into());
        assert_eq!(Pubkey::find_program_address(&seeds, &deriving).0, expected, "{instruction}");
    }
}

/// Every account, with the fields of [`values`].
fn accounts() -> Vec<(&'static str, Vec<u8>)> {
    let url = Url::new(URL).unwrap();
    let state =
        State { authority: [21; 32], cycle_index: 15, cycle_start: 16, parameters: PARAMETERS, bump: 27 };
    let peer = Peer {
        user: [22; 32],
        active: true,
        karma: 11,
        granted: 12,
        bond: PARAMETERS.bond,
        joined: 13,
        last_post: 14,
        opinions: Opinions::NONE,
        bump: 27,
        endpoint: url,
    };
    let post = Post {
        owner: [23; 32],
        nft_mint: [24; 32],
        file_hash: [20; 32],
        cycle_index: 15,
        timestamp: 17,
        likes: 18,
        disputes: 19,
        retracted: true,
        bump: 27,
        log_url: url,
        mirrors: Mirrors::EMPTY,
    };
    let verdict = |kind| Verdict { kind, voter: [25; 32], post: [26; 32], timestamp: 17, bump: 27 };
    let lengths = [State::LEN, peer.encoded_len(), post.encoded_len(), Verdict::LEN, Verdict::LEN];
    let [mut states, mut peers, mut posts, mut likes, mut disputes] = lengths.map(|len| vec![0; len]);
    state.encode(&mut states).unwrap();
    peer.encode(&mut peers).unwrap();
    post.encode(&mut posts).unwrap();
    verdict(VerdictKind::Like).encode(&mut likes).unwrap();
    verdict(VerdictKind::Dispute).encode(&mut disputes).unwrap();
    vec![("State", states), ("Peer", peers), ("Post", posts), ("Like", likes), ("Dispute", disputes)]
}

#[test]
fn accounts_and_their_fields_are_read_as_the_interface_writes_them() {
    let idl = idl();
    let described: Vec<_> = list(&idl, "accounts")
        .iter()
        .map(|account| {
            let fields = list(&entry(list(&idl, "types"), name(account))["type"], "fields");
            let bytes = [discriminator(account).to_vec(), encode(&idl, fields)].concat();
            (name(account), bytes)
        })
        .collect();
    assert_eq!(described, accounts());
    let parameters = entry(list(&idl, "types"), "Parameters");
    assert_eq!(encode(&idl, list(&parameters["type"], "fields")).len(), Parameters::LEN);
}

#[test]
fn errors_have_the_interfaces_numbers_names_and_messages() {
    let expected: Vec<_> = SentinelError::ALL
        .iter()
        .map(|error| json!({ "code": error.code(), "name": error.name(), "msg": error.message() }))
        .collect();
    assert_eq!(idl()["errors"], Value::Array(expected));
}
