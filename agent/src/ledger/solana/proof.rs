//! Whether a transaction proves that its owner signed a post, or took it back. Pure: it asks nobody, and believes nobody.
//!
//! Transactions of every version are read, but all that counts must stand in the message itself, where the signatures
//! cover it: the accounts of the instruction among its static keys. What an address lookup table would bring is an endpoint's
//! word, and so is what a program called within another's instruction, which is why neither is looked at.

use ed25519_dalek::{Signature, VerifyingKey};
use sentinel_interface::{
    Instruction,
    instruction::{AccountMeta, RetractPostAccounts},
};
use solana_sdk::{
    message::{VersionedMessage, compiled_instruction::CompiledInstruction},
    transaction::VersionedTransaction,
};
use solana_transaction_status_client_types::{EncodedTransaction, TransactionBinaryEncoding};

use super::addresses::Addresses;
use crate::domain::{FileHash, Post};

/// Longest transaction of any version, in bytes.
const MAX_TRANSACTION: usize = 4096;

/// Why a transaction proves nothing about a post.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSigned {
    #[error("the transaction has {0} characters of base64, more than any has")]
    TooLarge(usize),
    #[error("the transaction cannot be read")]
    Unreadable,
    #[error("signature {0} of the transaction is not its signer's")]
    Signature(usize),
    #[error("the transaction does not do that on behalf of the post's owner")]
    OtherContent,
}

impl Addresses {
    /// Where the log of `post` is, as its owner signed it in this transaction (base64).
    pub(super) fn signed_url(&self, transaction: String, post: &Post) -> Result<String, NotSigned> {
        let message = read(transaction)?;
        let mut requests = message.instructions().iter();
        requests.find_map(|request| self.url_in(&message, request, post)).ok_or(NotSigned::OtherContent)
    }

    /// Whether its owner took `post` back in this transaction (base64).
    pub(super) fn is_retracted_by(&self, transaction: String, post: &Post) -> Result<(), NotSigned> {
        let message = read(transaction)?;
        let mut requests = message.instructions().iter();
        let retracts = requests.any(|request| self.retracts(&message, request, post));
        if retracts { Ok(()) } else { Err(NotSigned::OtherContent) }
    }

    fn retracts(&self, message: &VersionedMessage, request: &CompiledInstruction, post: &Post) -> bool {
        let expected = RetractPostAccounts { owner: post.owner.0, post: post.id.0 };
        Instruction::decode(&request.data) == Ok(Instruction::RetractPost)
            && self.is_asked_by_owner(message, request, &expected.metas())
    }

    /// The URL that the instruction publishes, when it makes this very post.
    fn url_in(
        &self,
        message: &VersionedMessage,
        request: &CompiledInstruction,
        post: &Post,
    ) -> Option<String> {
        let Ok(Instruction::MintNft { log_url, file_hash }) = Instruction::decode(&request.data) else {
            return None;
        };
        let expected = self.mint_accounts(&post.owner, &FileHash(file_hash));
        let is_this = file_hash == post.file_hash.0
            && expected.post == post.id.0
            && self.is_asked_by_owner(message, request, &expected.metas());
        is_this.then(|| log_url.as_str().to_owned())
    }

    /// Whether the program is asked with these accounts, the first of which signs.
    fn is_asked_by_owner(
        &self,
        message: &VersionedMessage,
        request: &CompiledInstruction,
        expected: &[AccountMeta],
    ) -> bool {
        let keys = message.static_account_keys();
        let key = |index: u8| keys.get(usize::from(index)).map(|key| key.to_bytes());
        let named = request.accounts.iter().take(expected.len()).map(|index| key(*index));
        key(request.program_id_index) == Some(self.program().to_bytes())
            && request.accounts.first().is_some_and(|owner| message.is_signer(usize::from(*owner)))
            && named.eq(expected.iter().map(|meta| Some(meta.address)))
    }
}

/// The message of a transaction (base64) whose signatures are its signers'.
fn read(transaction: String) -> Result<VersionedMessage, NotSigned> {
    if transaction.len() > base64::encoded_len(MAX_TRANSACTION, true).unwrap_or(usize::MAX) {
        return Err(NotSigned::TooLarge(transaction.len()));
    }
    let encoded = EncodedTransaction::Binary(transaction, TransactionBinaryEncoding::Base64);
    let transaction = encoded.decode().ok_or(NotSigned::Unreadable)?;
    verify_signatures(&transaction)?;
    Ok(transaction.message)
}

/// Checks all signatures, strictly (RFC 8032, small-order keys refused).
fn verify_signatures(transaction: &VersionedTransaction) -> Result<(), NotSigned> {
    let message = transaction.message.serialize();
    let required = usize::from(transaction.message.header().num_required_signatures);
    let keys = transaction.message.static_account_keys();
    if required == 0 || required != transaction.signatures.len() || required > keys.len() {
        return Err(NotSigned::Unreadable);
    }
    for (number, (signature, key)) in transaction.signatures.iter().zip(keys).enumerate() {
        let signature = Signature::from_bytes(signature.as_array());
        VerifyingKey::from_bytes(&key.to_bytes())
            .and_then(|key| key.verify_strict(&message, &signature))
            .map_err(|_| NotSigned::Signature(number))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
