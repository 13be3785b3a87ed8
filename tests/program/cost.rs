//! What the instructions cost, and what one post's life does.

use std::collections::BTreeMap;

use comfy_table::Table;
use sentinel_interface::VerdictKind;
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{instruction::Instruction, signature::Keypair, signer::Signer};

use crate::valid;

/// No instruction takes more.
const MAX_COMPUTE_UNITS: u64 = 60_000;
/// No post with a usual URL takes more.
const MAX_POST_RENT: u64 = 10_000_000;
/// No post at all takes more: post and metadata both hold the URL.
const MAX_LONGEST_POST_RENT: u64 = 10_500_000;
/// What a post costs its owner for good.
const MAX_NET_COST: u64 = 20_000;
/// So many logs are tried, for what searching an address costs depends on the address.
const LOGS: u8 = 50;

const USUAL: &str = "https://peer-a.example:9000/logs/0123456789abcdef";

/// A network of two founders, and the URLs of all that they do in it.
struct Bed {
    network: Network,
    owner: Keypair,
    voter: Keypair,
    url: String,
}

impl Bed {
    fn new(url: String) -> Self {
        let mut network = Network::founded();
        let (owner, voter) = (network.founder(10, 50), network.founder(11, 50));
        Self { network, owner, voter, url }
    }

    fn units(&mut self, instruction: Instruction, signer: &Keypair) -> u64 {
        self.network.send(instruction, &[signer]).unwrap().compute_units_consumed
    }

    /// What all about one log takes, by instruction; it is retired when its cycles are over.
    fn life(&mut self, hash: [u8; 32]) -> Vec<(&'static str, u64)> {
        let (program, url) = (self.network.program, self.url.clone());
        let (owner, voter) = (self.owner.insecure_clone(), self.voter.insecure_clone());
        let post = program.post(&owner.pubkey(), &hash);
        let (by, about) = (voter.pubkey(), owner.pubkey());
        [
            ("mint_nft", program.mint_nft(&about, &url, hash), &owner),
            ("like_post", program.like_post(&by, &about, &post), &voter),
            ("dispute_post", program.dispute_post(&by, &about, &post), &voter),
            ("add_mirror", program.add_mirror(&by, &post, &url), &voter),
            ("remove_mirror", program.remove_mirror(&by, &by, &post, &url), &voter),
            ("retract_post", program.retract_post(&about, &post), &owner),
            ("retire_post", program.retire_post(&about, &hash), &owner),
            ("close_verdict", program.close_verdict(VerdictKind::Like, &by, &post), &voter),
            ("close_verdict", program.close_verdict(VerdictKind::Dispute, &by, &post), &voter),
        ]
        .map(|(name, instruction, signer)| {
            if name == "retire_post" {
                self.network.wait(2 * PARAMETERS.cycle_length);
            }
            (name, self.units(instruction, signer))
        })
        .into()
    }

    /// What all about one peer takes.
    fn stay(&mut self, number: u8) -> Vec<(&'static str, u64)> {
        let (program, url) = (self.network.program, self.url.clone());
        let user = self.network.user(number);
        self.network.wait(PARAMETERS.cycle_length);
        [
            ("join_network", program.join_network(&user.pubkey(), "https://a")),
            ("set_endpoint", program.set_endpoint(&user.pubkey(), &url)),
            ("leave_network", program.leave_network(&user.pubkey())),
            ("join_network", program.join_network(&user.pubkey(), "https://a")),
            ("advance_cycle", program.advance_cycle()),
        ]
        .map(|(name, instruction)| (name, self.units(instruction, &user)))
        .into()
    }

    /// What each instruction takes, all the times that it is tried.
    fn taken(mut self) -> BTreeMap<&'static str, Vec<u64>> {
        let mut taken = BTreeMap::<_, Vec<_>>::new();
        let lives: Vec<_> = (0..LOGS).flat_map(|number| self.life([number; 32])).collect();
        let stays: Vec<_> = (60..70).flat_map(|number| self.stay(number)).collect();
        for (name, units) in lives.into_iter().chain(stays) {
            taken.entry(name).or_default().push(units);
        }
        taken.values_mut().for_each(|units| units.sort_unstable());
        taken
    }
}

fn most(units: &[u64]) -> u64 {
    units.last().copied().unwrap()
}

#[test]
fn no_instruction_takes_more_than_60_000_compute_units() {
    let usual = Bed::new("https://founder/logs/0123456789abcdef".into()).taken();
    let longest = Bed::new(format!("https://founder/{}", "a".repeat(184))).taken();
    let mut table = Table::new();
    table.set_header(["instruction", "compute units", "at the most", "with the longest URLs", "at the most"]);
    for (name, usual) in &usual {
        let longest = &longest[name];
        let middle = |units: &[u64]| units[units.len() / 2];
        let cells =
            [middle(usual), most(usual), middle(longest), most(longest)].map(|units| units.to_string());
        table.add_row([vec![(*name).to_owned()], cells.into()].concat());
        assert!(most(usual).max(most(longest)) <= MAX_COMPUTE_UNITS, "{name}: {usual:?} {longest:?}");
    }
    let initialize = valid::all().into_iter().find(|valid| valid.name == "initialize").unwrap().send();
    table.add_row(["initialize".to_owned(), initialize.compute_units_consumed.to_string()]);
    assert!(initialize.compute_units_consumed <= MAX_COMPUTE_UNITS);
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
        if name == "retire_post" {
            network.wait(2 * PARAMETERS.cycle_length);
        }
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
