//! What the agent asks of the program about itself, as instructions.

use sentinel_interface::{
    Instruction as Request, Url,
    instruction::{
        AccountMeta as Meta, AdvanceCycleAccounts, JoinNetworkAccounts, LeaveNetworkAccounts,
        SetEndpointAccounts,
    },
    program_id,
};
use solana_sdk::instruction::{AccountMeta, Instruction};

use super::{SolanaLedger, keypair, transactions::Sent};
use crate::{
    domain::TxId,
    ledger::{Act, Founder, LedgerError, Refusal},
};

impl SolanaLedger {
    pub(super) async fn join_network(
        &self,
        endpoint: &str,
        founder: Option<&Founder>,
    ) -> Result<TxId, LedgerError> {
        let accounts = JoinNetworkAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let endpoint = url(Act::Join, endpoint)?;
        let Some(Founder { authority, karma }) = founder else {
            let request = Request::JoinNetwork { endpoint, karma: 0 };
            let instruction = self.instruction(&accounts.metas(), &request);
            return Ok(self.transact(Act::Join, instruction, &[&self.keypair]).await?.tx);
        };
        let metas = accounts.with_authority(authority.peer_key().0);
        let instruction = self.instruction(&metas, &Request::JoinNetwork { endpoint, karma: karma.0 });
        Ok(self.transact(Act::Join, instruction, &[&self.keypair, &keypair(authority)]).await?.tx)
    }

    pub(super) async fn move_to(&self, endpoint: &str) -> Result<TxId, LedgerError> {
        let accounts = SetEndpointAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let request = Request::SetEndpoint { endpoint: url(Act::SetEndpoint, endpoint)? };
        let instruction = self.instruction(&accounts.metas(), &request);
        Ok(self.transact(Act::SetEndpoint, instruction, &[&self.keypair]).await?.tx)
    }

    /// Leaves first: a peer that may not leave yet keeps its mirrors, and one that has left can still withdraw them.
    pub(super) async fn leave_network(&self) -> Result<TxId, LedgerError> {
        let accounts = LeaveNetworkAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            state: self.addresses.state().to_bytes(),
        };
        let instruction = self.instruction(&accounts.metas(), &Request::LeaveNetwork);
        let left = self.transact(Act::Leave, instruction, &[&self.keypair]).await;
        if matches!(left, Ok(_) | Err(LedgerError::Refused { refusal: Refusal::NotPeer, .. })) {
            self.withdraw_mirrors().await?;
        }
        Ok(left?.tx)
    }

    pub(super) async fn record_cycle(&self) -> Result<Option<TxId>, LedgerError> {
        let accounts = AdvanceCycleAccounts { state: self.addresses.state().to_bytes() };
        let instruction = self.instruction(&accounts.metas(), &Request::AdvanceCycle);
        let sent = self.transact(Act::AdvanceCycle, instruction, &[&self.keypair]).await;
        unless_done(&[Refusal::CycleNotOver], sent)
    }

    pub(super) fn instruction(&self, metas: &[Meta], request: &Request<'_>) -> Instruction {
        let accounts = metas.iter().map(|meta| AccountMeta {
            pubkey: meta.address.into(),
            is_signer: meta.is_signer,
            is_writable: meta.is_writable,
        });
        Instruction {
            program_id: self.addresses.program(),
            accounts: accounts.collect(),
            data: request.encode().to_vec(),
        }
    }
}

/// None when it had been done before, be it that the program says so or the ledger.
pub(super) fn unless_done(
    done: &[Refusal],
    sent: Result<Sent, LedgerError>,
) -> Result<Option<TxId>, LedgerError> {
    match sent {
        Err(LedgerError::Refused { refusal, .. }) if done.contains(&refusal) => Ok(None),
        sent => sent.map(|sent| sent.is_new.then_some(sent.tx)),
    }
}

/// The URL as the program takes it; refused here as the program would refuse it.
pub(super) fn url(act: Act, text: &str) -> Result<Url<'_>, LedgerError> {
    Url::new(text).map_err(|error| LedgerError::Refused { act, refusal: error.into() })
}
