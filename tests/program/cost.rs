//! What the instructions cost.

use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::signer::Signer;

/// No instruction takes more, so that a transaction never needs to ask for a larger budget.
const MAX_COMPUTE_UNITS: u64 = 60_000;
/// No post with a usual URL takes more.
const MAX_POST_RENT: u64 = 10_000_000;
/// No post at all takes more: post and metadata both hold the URL.
const MAX_LONGEST_POST_RENT: u64 = 10_500_000;

#[test]
fn no_instruction_takes_more_than_60_000_compute_units() {
    let mut network = Network::deployed();
    let (authority, program_key) = (network.authority.insecure_clone(), network.program_key.insecure_clone());
    let (owner, liker) = (network.user(10), network.user(11));
    let program = network.program;
    let post = program.post(&owner.pubkey(), &[7; 32]);
    let endpoint = "https://peer-a.example:9000";
    let founder = |user| program.join_as_founder(&user, &authority.pubkey(), endpoint, 50);
    let longest = format!("https://{}", "a".repeat(192));
    let longest_mirror = format!("{}/mirrors/0123456789a", &longest[..180]);
    for (name, instruction, signers) in [
        ("initialize", program.initialize(&authority.pubkey(), PARAMETERS), [&authority, &program_key]),
        ("join_network", founder(owner.pubkey()), [&owner, &authority]),
        ("join_network", founder(liker.pubkey()), [&liker, &authority]),
        ("mint_nft", program.mint_nft(&owner.pubkey(), &longest, [7; 32]), [&owner, &owner]),
        ("like_post", program.like_post(&liker.pubkey(), &owner.pubkey(), &post), [&liker, &liker]),
        ("set_endpoint", program.set_endpoint(&liker.pubkey(), &longest[..180]), [&liker, &liker]),
        ("add_mirror", program.add_mirror(&liker.pubkey(), &post, &longest_mirror), [&liker, &liker]),
        (
            "remove_mirror",
            program.remove_mirror(&liker.pubkey(), &liker.pubkey(), &post, &longest_mirror),
            [&liker, &liker],
        ),
    ] {
        let done = network.send(instruction, &signers).unwrap();
        println!("{name}: {} compute units", done.compute_units_consumed);
        assert!(done.compute_units_consumed <= MAX_COMPUTE_UNITS, "{name}");
    }
}

#[test]
fn a_usual_post_takes_at_most_ten_million_lamports_of_rent_and_the_longest_little_more() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    let usual = "https://peer-a.example:9000/logs/0123456789abcdef".to_owned();
    let longest = format!("https://{}", "a".repeat(192));
    for (hash, log_url, limit) in [([7; 32], usual, MAX_POST_RENT), ([8; 32], longest, MAX_LONGEST_POST_RENT)]
    {
        let before = network.svm.get_balance(&owner.pubkey()).unwrap();
        let mint = network.program.mint_nft(&owner.pubkey(), &log_url, hash);
        let done = network.send(mint, &[&owner]).unwrap();
        let rent = before - network.svm.get_balance(&owner.pubkey()).unwrap() - done.fee;
        println!("a post with a URL of {} bytes: {rent} lamports of rent", log_url.len());
        assert!(rent <= limit);
    }
}
