//! Whether a transaction proves that its owner signed a post. Pure: it asks nobody, and believes nobody.
//!
//! Transactions of every version are read, but all that counts must stand in the message itself, where the signatures
//! cover it: the accounts of `mint_nft` among its static keys. What an address lookup table would bring is an endpoint's
//! word, and so is what a program called within another's instruction, which is why neither is looked at.

use ed25519_dalek::{Signature, VerifyingKey};
use sentinel_interface::{Address, Instruction as Request};
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
    #[error("the transaction does not make this post on behalf of its owner")]
    OtherContent,
}

impl Addresses {
    /// Where the log of `post` is, as its owner signed it in this transaction (base64).
    pub(super) fn signed_url(&self, transaction: String, post: &Post) -> Result<String, NotSigned> {
        if transaction.len() > base64::encoded_len(MAX_TRANSACTION, true).unwrap_or(usize::MAX) {
            return Err(NotSigned::TooLarge(transaction.len()));
        }
        let encoded = EncodedTransaction::Binary(transaction, TransactionBinaryEncoding::Base64);
        let transaction = encoded.decode().ok_or(NotSigned::Unreadable)?;
        verify_signatures(&transaction)?;
        let message = &transaction.message;
        let mut requests = message.instructions().iter();
        requests.find_map(|request| self.url_in(message, request, post)).ok_or(NotSigned::OtherContent)
    }

    /// The URL that the instruction publishes, when it makes this very post.
    fn url_in(
        &self,
        message: &VersionedMessage,
        request: &CompiledInstruction,
        post: &Post,
    ) -> Option<String> {
        let keys = message.static_account_keys();
        let key = |index: u8| keys.get(usize::from(index)).map(|key| key.to_bytes());
        let Ok(Request::MintNft { log_url, file_hash }) = Request::decode(&request.data) else { return None };
        let expected = self.mint_accounts(&post.owner, &FileHash(file_hash));
        let is_ours = key(request.program_id_index) == Some(self.program().to_bytes());
        let signs = request.accounts.first().is_some_and(|owner| message.is_signer(usize::from(*owner)));
        let found: Option<Vec<Address>> =
            request.accounts.iter().take(expected.metas().len()).map(|index| key(*index)).collect();
        let is_this = file_hash == post.file_hash.0
            && expected.post == post.id.0
            && found.is_some_and(|found| found == expected.metas().map(|meta| meta.address));
        (is_ours && signs && is_this).then(|| log_url.as_str().to_owned())
    }
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
