//! The IDL that is shipped for Anchor clients says what the interface says.

use sentinel_interface::{
    Like, Parameters, Peer, Post, SentinelError, State, discriminator,
    instruction::{
        AccountRole, AddMirrorAccounts, InitializeAccounts, JoinNetworkAccounts, LikePostAccounts,
        MintNftAccounts, RemoveMirrorAccounts, SetEndpointAccounts,
    },
    program_id,
};
use sentinel_tests::program::{Program, key};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signer::Signer};

fn idl() -> Value {
    serde_json::from_str(include_str!("../../programs/sentinel.idl.json")).unwrap()
}

/// The entry called `name` in one of the IDL's lists.
fn entry<'a>(list: &'a Value, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

fn roles(instruction: &str) -> (discriminator::Discriminator, Vec<AccountRole>) {
    match instruction {
        "initialize" => (discriminator::INITIALIZE, InitializeAccounts::ROLES.to_vec()),
        "join_network" => {
            let authority = [JoinNetworkAccounts::AUTHORITY_ROLE];
            (discriminator::JOIN_NETWORK, [&JoinNetworkAccounts::ROLES[..], &authority].concat())
        }
        "mint_nft" => (discriminator::MINT_NFT, MintNftAccounts::ROLES.to_vec()),
        "like_post" => (discriminator::LIKE_POST, LikePostAccounts::ROLES.to_vec()),
        "set_endpoint" => (discriminator::SET_ENDPOINT, SetEndpointAccounts::ROLES.to_vec()),
        "add_mirror" => (discriminator::ADD_MIRROR, AddMirrorAccounts::ROLES.to_vec()),
        "remove_mirror" => (discriminator::REMOVE_MIRROR, RemoveMirrorAccounts::ROLES.to_vec()),
        other => panic!("the program has no instruction {other}"),
    }
}

#[test]
fn instructions_have_the_interfaces_discriminators_and_accounts_in_its_order() {
    let idl = idl();
    let instructions = idl["instructions"].as_array().unwrap();
    assert_eq!(instructions.len(), 7);
    for instruction in instructions {
        let name = instruction["name"].as_str().unwrap();
        let (discriminator, roles) = roles(name);
        assert_eq!(instruction["discriminator"], json!(discriminator), "{name}");
        let accounts = instruction["accounts"].as_array().unwrap();
        let described: Vec<_> = accounts
            .iter()
            .map(|account| AccountRole {
                name: roles.iter().find(|role| account["name"] == role.name).unwrap().name,
                is_signer: account["signer"] == true,
                is_writable: account["writable"] == true,
            })
            .collect();
        assert_eq!(described, roles, "{name}");
    }
}

#[test]
fn program_accounts_have_their_addresses() {
    let idl = idl();
    for account in
        idl["instructions"].as_array().unwrap().iter().flat_map(|i| i["accounts"].as_array().unwrap())
    {
        let expected = match account["name"].as_str().unwrap() {
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
    let (owner, liker, hash) = (key(2).pubkey(), key(3).pubkey(), [7; 32]);
    let (mint, post) = (program.mint(&owner, &hash), program.post(&owner, &hash));
    let value = |path: &str| match path {
        "user" | "owner" => owner.to_bytes(),
        "liker" => liker.to_bytes(),
        "nft_mint" => mint.to_bytes(),
        "post" => post.to_bytes(),
        "file_hash" => hash,
        other => panic!("a seed of unknown origin: {other}"),
    };
    let idl = idl();
    for (instruction, account, expected) in [
        ("initialize", "state", program.state()),
        ("join_network", "peer", program.peer(&owner)),
        ("mint_nft", "peer", program.peer(&owner)),
        ("mint_nft", "nft_mint", mint),
        ("mint_nft", "post", post),
        ("like_post", "liker_peer", program.peer(&liker)),
        ("like_post", "like", program.like(&liker, &post)),
        ("set_endpoint", "peer", program.peer(&owner)),
        ("add_mirror", "peer", program.peer(&owner)),
    ] {
        let described = entry(&entry(&idl["instructions"], instruction)["accounts"], account);
        let seeds: Vec<Vec<u8>> = described["pda"]["seeds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|seed| match seed["path"].as_str() {
                Some(path) => value(path).to_vec(),
                None => serde_json::from_value(seed["value"].clone()).unwrap(),
            })
            .collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        assert_eq!(Pubkey::find_program_address(&seeds, &program.id).0, expected, "{instruction} {account}");
    }
}

#[test]
fn accounts_have_the_interfaces_discriminators() {
    let idl = idl();
    let described: Vec<_> =
        idl["accounts"].as_array().unwrap().iter().map(|account| account["discriminator"].clone()).collect();
    let expected = [discriminator::STATE, discriminator::PEER, discriminator::POST, discriminator::LIKE]
        .map(|d| json!(d));
    assert_eq!(described, expected);
}

#[test]
fn fields_lie_at_the_interfaces_offsets() {
    let idl = idl();
    let offset = |account: &str, field: &str| {
        let fields = entry(&idl["types"], account)["type"]["fields"].as_array().unwrap();
        let before = fields.iter().take_while(|entry| entry["name"] != field);
        discriminator::DISCRIMINATOR_LEN + before.map(|field| size(&field["type"])).sum::<usize>()
    };
    assert_eq!(offset("State", "authority"), State::AUTHORITY_OFFSET);
    assert_eq!(offset("State", "cycle_index"), State::CYCLE_INDEX_OFFSET);
    assert_eq!(offset("State", "cycle_start"), State::CYCLE_START_OFFSET);
    assert_eq!(offset("State", "parameters"), State::PARAMETERS_OFFSET);
    assert_eq!(offset("State", "bump"), State::BUMP_OFFSET);
    assert_eq!(offset("Peer", "user"), Peer::USER_OFFSET);
    assert_eq!(offset("Peer", "active"), Peer::ACTIVE_OFFSET);
    assert_eq!(offset("Peer", "karma"), Peer::KARMA_OFFSET);
    assert_eq!(offset("Peer", "bond"), Peer::BOND_OFFSET);
    assert_eq!(offset("Peer", "joined"), Peer::JOINED_OFFSET);
    assert_eq!(offset("Peer", "bump"), Peer::BUMP_OFFSET);
    assert_eq!(offset("Peer", "endpoint"), Peer::ENDPOINT_OFFSET);
    assert_eq!(offset("Post", "owner"), Post::OWNER_OFFSET);
    assert_eq!(offset("Post", "nft_mint"), Post::NFT_MINT_OFFSET);
    assert_eq!(offset("Post", "file_hash"), Post::FILE_HASH_OFFSET);
    assert_eq!(offset("Post", "cycle_index"), Post::CYCLE_INDEX_OFFSET);
    assert_eq!(offset("Post", "timestamp"), Post::TIMESTAMP_OFFSET);
    assert_eq!(offset("Post", "likes"), Post::LIKES_OFFSET);
    assert_eq!(offset("Post", "bump"), Post::BUMP_OFFSET);
    assert_eq!(offset("Post", "log_url"), Post::LOG_URL_OFFSET);
    assert_eq!(offset("Like", "liker"), Like::LIKER_OFFSET);
    assert_eq!(offset("Like", "post"), Like::POST_OFFSET);
    assert_eq!(offset("Like", "timestamp"), Like::TIMESTAMP_OFFSET);
    assert_eq!(offset("Like", "bump"), Like::BUMP_OFFSET);
}

/// Bytes of a field of fixed size.
fn size(kind: &Value) -> usize {
    match kind.as_str() {
        Some("bool" | "u8") => 1,
        Some("u64" | "i64") => 8,
        Some("pubkey") => 32,
        _ if kind["defined"]["name"] == "Parameters" => Parameters::LEN,
        _ => kind["array"][1].as_u64().unwrap().try_into().unwrap(),
    }
}

#[test]
fn errors_have_the_interfaces_numbers_names_and_messages() {
    let expected: Vec<_> = SentinelError::ALL
        .iter()
        .map(|error| json!({ "code": error.code(), "name": error.name(), "msg": error.message() }))
        .collect();
    assert_eq!(idl()["errors"], Value::Array(expected));
}
