//! What the agent asks of the program about itself, as instructions.

use sentinel_interface::{
    Instruction as Request, Url,
    account::Peer,
    instruction::{AccountMeta as Meta, AdvanceCycleAccounts, JoinNetworkAccounts, SetEndpointAccounts},
    program_id,
};
use solana_sdk::instruction::{AccountMeta, Instruction};

use super::{
    SolanaLedger,
    addresses::Addresses,
    costs::rent,
    keypair,
    transactions::{Order, Sent},
};
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
            let order = self.order(Act::Join, &accounts.metas(), &request, rent(Peer::len_with(endpoint)));
            return Ok(self.transact(&order, &[&self.keypair]).await?.tx);
        };
        let metas = accounts.with_authority(authority.peer_key().0);
        let request = Request::JoinNetwork { endpoint, karma: karma.0 };
        let order = self.order(Act::Join, &metas, &request, rent(Peer::len_with(endpoint)));
        Ok(self.transact(&order, &[&self.keypair, &keypair(authority)]).await?.tx)
    }

    pub(super) async fn move_to(&self, endpoint: &str) -> Result<TxId, LedgerError> {
        let accounts = SetEndpointAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let request = Request::SetEndpoint { endpoint: url(Act::SetEndpoint, endpoint)? };
        let order = self.order(Act::SetEndpoint, &accounts.metas(), &request, 0);
        Ok(self.transact(&order, &[&self.keypair]).await?.tx)
    }

    pub(super) async fn record_cycle(&self) -> Result<Option<TxId>, LedgerError> {
        let accounts = AdvanceCycleAccounts { state: self.addresses.state().to_bytes() };
        let order = self.order(Act::AdvanceCycle, &accounts.metas(), &Request::AdvanceCycle, 0);
        let sent = self.transact(&order, &[&self.keypair]).await;
        unless_done(&[Refusal::CycleNotOver], sent)
    }

    /// `rent` is what the accounts that it makes or lengthens take, in lamports.
    pub(super) fn order(&self, act: Act, metas: &[Meta], request: &Request<'_>, rent: u64) -> Order {
        Order { act, instructions: vec![self.addresses.instruction(metas, request)], rent }
    }
}

impl Addresses {
    /// A request to the program, with the accounts that go with it.
    pub(super) fn instruction(&self, metas: &[Meta], request: &Request<'_>) -> Instruction {
        let accounts = metas.iter().map(|meta| AccountMeta {
            pubkey: meta.address.into(),
            is_signer: meta.is_signer,
            is_writable: meta.is_writable,
        });
        Instruction {
            program_id: self.program(),
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
