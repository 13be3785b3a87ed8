//! What the instructions cost, and what one post's life does.

use comfy_table::Table;
use sentinel_interface::VerdictKind;
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{instruction::Instruction, signature::Keypair, signer::Signer};

use crate::valid;

/// No instruction takes more, so that a transaction never needs to ask for a larger budget.
const MAX_COMPUTE_UNITS: u64 = 60_000;
/// No post with a usual URL takes more.
const MAX_POST_RENT: u64 = 10_000_000;
/// No post at all takes more: post and metadata both hold the URL.
const MAX_LONGEST_POST_RENT: u64 = 10_500_000;
/// What a post costs its owner for good.
const MAX_NET_COST: u64 = 20_000;
/// What searching an address costs depends on the address: as many logs are tried.
const LOGS: u8 = 20;

const USUAL: &str = "https://peer-a.example:9000/logs/0123456789abcdef";

/// A network of two founders with the longest URLs.
struct Bed {
    network: Network,
    owner: Keypair,
    voter: Keypair,
    longest: String,
}

impl Bed {
    fn new() -> Self {
        let mut network = Network::founded();
        let (owner, voter) = (network.founder(10, 50), network.founder(11, 50));
        Self { network, owner, voter, longest: format!("https://founder/{}", "a".repeat(184)) }
    }

    fn units(&mut self, instruction: Instruction, signer: &Keypair) -> u64 {
        self.network.send(instruction, &[signer]).unwrap().compute_units_consumed
    }

    /// What all about one log takes, by instruction.
    fn life(&mut self, hash: [u8; 32]) -> Vec<(&'static str, u64)> {
        let (program, longest) = (self.network.program, self.longest.clone());
        let (owner, voter) = (self.owner.insecure_clone(), self.voter.insecure_clone());
        let post = program.post(&owner.pubkey(), &hash);
        let (by, about) = (voter.pubkey(), owner.pubkey());
        [
            ("mint_nft", program.mint_nft(&about, &longest, hash), &owner),
            ("like_post", program.like_post(&by, &about, &post), &voter),
            ("dispute_post", program.dispute_post(&by, &about, &post), &voter),
            ("add_mirror", program.add_mirror(&by, &post, &longest), &voter),
            ("remove_mirror", program.remove_mirror(&by, &by, &post, &longest), &voter),
            ("retract_post", program.retract_post(&about, &post), &owner),
            ("retire_post", program.retire_post(&about, &hash), &owner),
            ("close_verdict", program.close_verdict(VerdictKind::Like, &by, &post), &voter),
            ("close_verdict", program.close_verdict(VerdictKind::Dispute, &by, &post), &voter),
        ]
        .map(|(name, instruction, signer)| (name, self.units(instruction, signer)))
        .into()
    }

    /// What all about one peer takes.
    fn stay(&mut self, number: u8) -> Vec<(&'static str, u64)> {
        let (program, longest) = (self.network.program, self.longest.clone());
        let user = self.network.user(number);
        self.network.wait(PARAMETERS.cycle_length);
        [
            ("join_network", program.join_network(&user.pubkey(), &longest)),
            ("set_endpoint", program.set_endpoint(&user.pubkey(), "https://founder")),
            ("leave_network", program.leave_network(&user.pubkey())),
            ("join_network", program.join_network(&user.pubkey(), &longest)),
            ("advance_cycle", program.advance_cycle()),
        ]
        .map(|(name, instruction)| (name, self.units(instruction, &user)))
        .into()
    }
}

#[test]
fn no_instruction_takes_more_than_60_000_compute_units() {
    let mut bed = Bed::new();
    let mut taken: Vec<_> = (0..LOGS).flat_map(|number| bed.life([number; 32])).collect();
    taken.extend((50..60).flat_map(|number| bed.stay(number)));
    for mut valid in valid::all() {
        taken.push((valid.instruction_name(), valid.send().compute_units_consumed));
    }
    let mut names: Vec<_> = taken.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let mut table = Table::new();
    table.set_header(["instruction", "compute units, at the most"]);
    for name in names {
        let most =
            taken.iter().filter(|(taken_by, _)| *taken_by == name).map(|(_, units)| *units).max().unwrap();
        table.add_row([name.to_owned(), most.to_string()]);
        assert!(most <= MAX_COMPUTE_UNITS, "{name}: {most}");
    }
    println!("{table}");
}

#[test]
fn a_usual_post_takes_at_most_ten_million_lamports_of_rent_and_the_longest_little_more() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    let longest = format!("https://{}", "a".repeat(192));
    for (hash, log_url, limit) in
        [([7; 32], USUAL, MAX_POST_RENT), ([8; 32], longest.as_str(), MAX_LONGEST_POST_RENT)]
    {
        let before = network.svm.get_balance(&owner.pubkey()).unwrap();
        let mint = network.program.mint_nft(&owner.pubkey(), log_url, hash);
        let done = network.send(mint, &[&owner]).unwrap();
        let rent = before - network.svm.get_balance(&owner.pubkey()).unwrap() - done.fee;
        println!("a post with a URL of {} bytes: {rent} lamports of rent", log_url.len());
        assert!(rent <= limit);
    }
}

#[test]
fn a_posts_life_costs_its_owner_and_who_liked_it_little_more_than_the_fees() {
    let mut network = Network::founded();
    let (owner, liker) = (network.founder(10, 50), network.founder(11, 50));
    let (program, hash) = (network.program, [7; 32]);
    let post = program.post(&owner.pubkey(), &hash);
    let mut table = Table::new();
    table.set_header(["instruction", "signed by", "fee", "rent", "the owner has paid", "the liker has paid"]);
    let balances =
        |network: &Network| [&owner, &liker].map(|user| network.svm.get_balance(&user.pubkey()).unwrap());
    let begin = balances(&network);
    for (name, instruction, by) in [
        ("mint_nft", program.mint_nft(&owner.pubkey(), USUAL, hash), "owner"),
        ("like_post", program.like_post(&liker.pubkey(), &owner.pubkey(), &post), "liker"),
        ("retire_post", program.retire_post(&owner.pubkey(), &hash), "owner"),
        ("close_verdict", program.close_verdict(VerdictKind::Like, &liker.pubkey(), &post), "liker"),
    ] {
        let before = balances(&network).map(i128::from);
        let fee = network.send(instruction, &[if by == "owner" { &owner } else { &liker }]).unwrap().fee;
        let after = balances(&network).map(i128::from);
        let rent = before.iter().sum::<i128>() - after.iter().sum::<i128>() - i128::from(fee);
        let [owners, likers] = [0, 1].map(|index| i128::from(begin[index]) - after[index]);
        table.add_row([
            name.to_owned(),
            by.to_owned(),
            fee.to_string(),
            rent.to_string(),
            owners.to_string(),
            likers.to_string(),
        ]);
    }
    println!("{table}");
    for (begin, end) in begin.into_iter().zip(balances(&network)) {
        assert!(begin - end <= MAX_NET_COST);
    }
}
