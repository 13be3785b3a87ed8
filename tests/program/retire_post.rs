//! `retire_post`.

use sentinel_interface::{
    Post, SentinelError, VerdictKind,
    instruction::RetirePostAccounts,
    program_id::{ASSOCIATED_TOKEN, SYSTEM, TOKEN_2022},
};
use sentinel_tests::program::{Network, PARAMETERS, Program, key};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    signature::Keypair,
    signer::Signer,
};

use crate::{add_mirror::MIRROR, valid::replace, verdicts::published};

const HASH: [u8; 32] = [7; 32];

/// A post so old that nobody can dispute it any more.
fn old() -> (Network, Keypair, Pubkey) {
    let (mut network, owner, post) = published();
    network.wait(2 * PARAMETERS.cycle_length);
    (network, owner, post)
}

/// Where the post, its mint and its token are.
fn accounts(program: Program, owner: &Pubkey) -> [Pubkey; 3] {
    let mint = program.mint(owner, &HASH);
    [program.post(owner, &HASH), mint, program.token_account(owner, &mint)]
}

/// Sends lamports as anybody can.
pub(crate) fn gift(from: &Pubkey, to: &Pubkey, lamports: u64) -> Instruction {
    let data = [&2u32.to_le_bytes()[..], &lamports.to_le_bytes()].concat();
    let accounts = vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)];
    Instruction { program_id: SYSTEM.into(), accounts, data }
}

#[test]
fn a_retired_post_leaves_nothing_behind_and_all_its_rent_goes_to_the_owner() {
    let (mut network, owner, _) = old();
    let held =
        accounts(network.program, &owner.pubkey()).map(|account| network.svm.get_balance(&account).unwrap());
    let before = network.svm.get_balance(&owner.pubkey()).unwrap();
    let done = network.send(network.program.retire_post(&owner.pubkey(), &HASH), &[&owner]).unwrap();
    for account in accounts(network.program, &owner.pubkey()) {
        assert!(network.svm.get_account(&account).is_none_or(|account| account.lamports == 0));
    }
    let after = network.svm.get_balance(&owner.pubkey()).unwrap();
    assert_eq!(after, before + held.iter().sum::<u64>() - done.fee);
}

#[test]
fn a_post_that_can_still_be_disputed_is_not_retired_not_even_a_retracted_one() {
    for retracts in [false, true] {
        let (mut network, owner, post) = published();
        if retracts {
            network.send(network.program.retract_post(&owner.pubkey(), &post), &[&owner]).unwrap();
        }
        let retire = network.program.retire_post(&owner.pubkey(), &HASH);
        for seconds in [0, 2 * PARAMETERS.cycle_length - 1] {
            network.wait(seconds);
            assert_eq!(network.refusal(retire.clone(), &[&owner]), SentinelError::StillCounted);
        }
        network.wait(1);
        network.send(retire, &[&owner]).unwrap();
    }
}

#[test]
fn a_peer_that_has_left_still_retires_its_posts_however_old() {
    let (mut network, owner, post) = published();
    network.wait(9 * PARAMETERS.cycle_length);
    network.send(network.program.leave_network(&owner.pubkey()), &[&owner]).unwrap();
    network.send(network.program.retract_post(&owner.pubkey(), &post), &[&owner]).unwrap();
    network.send(network.program.retire_post(&owner.pubkey(), &HASH), &[&owner]).unwrap();
}

#[test]
fn a_mirrored_post_is_retired_together_with_its_mirrors() {
    let (mut network, owner, post) = published();
    let mirror = network.founder(11, 50);
    network.send(network.program.add_mirror(&mirror.pubkey(), &post, MIRROR), &[&mirror]).unwrap();
    network.wait(2 * PARAMETERS.cycle_length);
    let retire = network.program.retire_post(&owner.pubkey(), &HASH);
    assert_eq!(network.refusal(retire.clone(), &[&owner]), SentinelError::StillMirrored);
    let paid = network.svm.get_balance(&mirror.pubkey()).unwrap();
    let withdraw = network.program.remove_mirror(&owner.pubkey(), &mirror.pubkey(), &post, MIRROR);
    network.send_all(&[withdraw, retire], &[&owner]).unwrap();
    assert!(network.svm.get_balance(&mirror.pubkey()).unwrap() > paid, "the mirror's rent was its peer's");
}

#[test]
fn nobody_else_retires_a_post_not_even_one_that_signs_as_itself() {
    let (mut network, owner, post) = published();
    for other in [network.founder(11, 90), network.authority.insecure_clone()] {
        let mut retire = network.program.retire_post(&owner.pubkey(), &HASH);
        replace(&mut retire, &RetirePostAccounts::ROLES, "owner", &other.pubkey());
        assert_eq!(network.refusal(retire, &[&other]), SentinelError::ForeignPost);
    }
    assert!(Post::parse(&network.data(&post)).is_ok());
}

#[test]
fn another_posts_mint_and_token_are_not_burnt() {
    let (mut network, owner, _) = old();
    network.publish(&owner, [8; 32]);
    let mint = network.program.mint(&owner.pubkey(), &[8; 32]);
    let token = network.program.token_account(&owner.pubkey(), &mint);
    for (name, foreign) in [("nft_mint", mint), ("token_account", token)] {
        let mut retire = network.program.retire_post(&owner.pubkey(), &HASH);
        replace(&mut retire, &RetirePostAccounts::ROLES, name, &foreign);
        assert_eq!(network.refusal(retire, &[&owner]), SentinelError::WrongAddress, "{name}");
    }
}

/// The owner hands the NFT to `to`.
fn hand_over(network: &mut Network, owner: &Keypair, to: &Pubkey) {
    let mint = network.program.mint(&owner.pubkey(), &HASH);
    let [from, target] = [owner.pubkey(), *to].map(|user| network.program.token_account(&user, &mint));
    let create = Instruction {
        program_id: ASSOCIATED_TOKEN.into(),
        accounts: vec![
            AccountMeta::new(owner.pubkey(), true),
            AccountMeta::new(target, false),
            AccountMeta::new_readonly(*to, false),
            AccountMeta::new_readonly(mint, false),
            AccountMeta::new_readonly(SYSTEM.into(), false),
            AccountMeta::new_readonly(TOKEN_2022.into(), false),
        ],
        data: vec![0],
    };
    let transfer_checked = Instruction {
        program_id: TOKEN_2022.into(),
        accounts: vec![
            AccountMeta::new(from, false),
            AccountMeta::new_readonly(mint, false),
            AccountMeta::new(target, false),
            AccountMeta::new_readonly(owner.pubkey(), true),
        ],
        data: [&[12][..], &1u64.to_le_bytes(), &[0]].concat(),
    };
    network.send_all(&[create, transfer_checked], &[owner]).unwrap();
}

#[test]
fn a_post_whose_token_the_owner_gave_away_cannot_be_retired_by_either() {
    let (mut network, owner, post) = old();
    let collector = network.user(11);
    hand_over(&mut network, &owner, &collector.pubkey());
    let retire = network.program.retire_post(&owner.pubkey(), &HASH);
    assert!(network.send(retire.clone(), &[&owner]).is_err());
    let mut theirs = retire;
    replace(&mut theirs, &RetirePostAccounts::ROLES, "owner", &collector.pubkey());
    assert_eq!(network.refusal(theirs, &[&collector]), SentinelError::ForeignPost);
    assert!(Post::parse(&network.data(&post)).is_ok());
}

#[test]
fn a_refund_in_the_same_transaction_does_not_revive_a_post() {
    let (mut network, owner, _) = old();
    let voter = network.founder(11, 50);
    let retire = network.program.retire_post(&owner.pubkey(), &HASH);
    let [post, mint, token] = accounts(network.program, &owner.pubkey());
    let gifts = [post, mint, token].map(|account| gift(&owner.pubkey(), &account, 10_000_000));
    network.send_all(&[&[retire.clone()][..], &gifts].concat(), &[&owner]).unwrap();
    let revived = network.svm.get_account(&post).unwrap();
    assert_eq!((revived.owner, revived.data.len()), (SYSTEM.into(), 0));
    let like = network.program.like_post(&voter.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&voter]), SentinelError::NoPost);
    assert_eq!(network.refusal(retire, &[&owner]), SentinelError::NoPost);
}

#[test]
fn a_post_is_retired_once_within_a_transaction_too() {
    let (mut network, owner, _) = old();
    let retire = network.program.retire_post(&owner.pubkey(), &HASH);
    assert!(network.send_all(&[retire.clone(), retire], &[&owner]).is_err());
}

#[test]
fn the_same_log_published_again_begins_anew() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    network.give(VerdictKind::Like, &voter, &owner, &post).unwrap();
    network.wait(2 * PARAMETERS.cycle_length);
    let retire = network.program.retire_post(&owner.pubkey(), &HASH);
    let publish = network.program.mint_nft(&owner.pubkey(), "https://founder/again", HASH);
    network.send_all(&[retire, publish], &[&owner]).unwrap();
    let data = network.data(&post);
    let again = Post::parse(&data).unwrap();
    assert_eq!((again.likes, again.log_url.as_str()), (0, "https://founder/again"));
    // Who liked it once has had a say; the like is still there.
    let like = network.program.like_post(&voter.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&voter]), SentinelError::AlreadyLiked);
}

#[test]
fn a_forged_token_program_is_never_called() {
    let (network, owner, _) = published();
    for forgery in [SYSTEM.into(), network.program.id, ASSOCIATED_TOKEN.into(), key(99).pubkey()] {
        let mut retire = network.program.retire_post(&owner.pubkey(), &HASH);
        replace(&mut retire, &RetirePostAccounts::ROLES, "token_program", &forgery);
        assert_eq!(network.refusal(retire, &[&owner]), SentinelError::WrongProgram);
    }
}
