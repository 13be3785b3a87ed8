//! `mint_nft`: publish a malicious log.

use crate::{
    Call,
    accounts::{self, is_program, take},
    create::{NewAccount, Size},
    failure::Failure,
    pda::Pda,
    sysvar,
    token::{self, NewNft},
};
use sentinel_interface::{
    FileHash, Mirrors, Peer, Post, SentinelError, Url,
    instruction::MintNftAccounts,
    program_id::{ASSOCIATED_TOKEN, SYSTEM, TOKEN_2022},
    seeds,
};

/// Creates the post and the NFT that stands for it.
///
/// The mint's address follows from owner and file hash, so the same log is published once; sending the
/// instruction again changes nothing.
#[inline(never)]
pub(crate) fn mint_nft(call: Call<'_>, log_url: Url<'_>, file_hash: &FileHash) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([owner, peer, state, post, nft_mint, token_account, token_program, ata_program, system_program], _) =
        take(accounts, &MintNftAccounts::ROLES)?;
    is_program(token_program, &TOKEN_2022)?;
    is_program(ata_program, &ASSOCIATED_TOKEN)?;
    is_program(system_program, &SYSTEM)?;
    let state = accounts::state(state, program_id)?;
    accounts::active_peer(peer, owner.address(), program_id, |_| ())?;
    let timestamp = sysvar::now()?;
    let (owner_address, mint_address) = (owner.address().to_bytes(), nft_mint.address().to_bytes());
    let mint_pda = Pda::find(nft_mint, seeds::mint(&owner_address, file_hash), program_id)?;
    let post_pda = Pda::find(post, seeds::post(&mint_address), program_id)?;
    if !post.is_data_empty() || !nft_mint.is_data_empty() {
        return Err(SentinelError::AlreadyPosted.into());
    }

    let new = Post {
        owner: owner_address,
        nft_mint: mint_address,
        file_hash: *file_hash,
        cycle_index: state.cycle_at(timestamp)?,
        timestamp,
        likes: 0,
        disputes: 0,
        retracted: false,
        bump: post_pda.bump(),
        log_url,
        mirrors: Mirrors::EMPTY,
    };
    NewAccount { account: post, payer: owner, owner: program_id, size: Size::exact(new.encoded_len()) }
        .create(&post_pda)?;
    new.encode(&mut post.try_borrow_mut()?)?;
    let size = token::mint_size(log_url);
    NewAccount { account: nft_mint, payer: owner, owner: token_program.address(), size }.create(&mint_pda)?;
    let nft = NewNft { owner, authority: post, mint: nft_mint, token_account, token_program, system_program };
    nft.mint(&post_pda, log_url)?;
    Ok(Peer::set_last_post(&mut peer.try_borrow_mut()?, timestamp)?)
}
