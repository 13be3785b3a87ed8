//! `retire_post`: end a post for its rent.

use crate::{
    Call,
    accounts::{self, is_program, take},
    failure::Failure,
    lamports::close,
    pda::Pda,
    sysvar,
    token::OwnedNft,
};
use pinocchio::Address;
use sentinel_interface::{
    SentinelError,
    instruction::RetirePostAccounts,
    program_id::{ASSOCIATED_TOKEN, TOKEN_2022},
    seeds,
};

/// Burns the NFT and closes its account, its mint and the post; all their rent goes to the owner, active or not.
///
/// Not before the post takes no more verdicts, retracted or not: else a liar's post would be gone before anybody can dispute it.
/// The rent of mirrors is their peers', so they have to be withdrawn before. Likes and disputes are closed one by one afterwards.
#[inline(never)]
pub(crate) fn retire_post(call: Call<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([owner, post, nft_mint, token_account, state, token_program], _) =
        take(accounts, &RetirePostAccounts::ROLES)?;
    is_program(token_program, &TOKEN_2022)?;
    let state = accounts::state(state, program_id)?;
    let (post_owner, mint, bump, cycle, is_mirrored) = accounts::post(post, program_id, |post| {
        (post.owner, post.nft_mint, post.bump, post.cycle_index, !post.mirrors.is_empty())
    })?;
    if owner.address().as_array() != &post_owner {
        return Err(SentinelError::ForeignPost.into());
    }
    if state.takes_verdicts(cycle, sysvar::now()?)? {
        return Err(SentinelError::StillCounted.into());
    }
    if is_mirrored {
        return Err(SentinelError::StillMirrored.into());
    }
    if nft_mint.address().as_array() != &mint {
        return Err(SentinelError::WrongAddress.into());
    }
    let associated_token = Address::new_from_array(ASSOCIATED_TOKEN);
    Pda::find(token_account, seeds::token_account(&post_owner, &mint), &associated_token)?;

    let nft = OwnedNft { owner, authority: post, mint: nft_mint, token_account, token_program };
    nft.burn(&Pda::known(seeds::post(&mint), bump))?;
    close(post, owner)
}
