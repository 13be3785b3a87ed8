//! Founding a network: what an interruption has left is made use of.

use sentinel_agent::{
    domain::{Commitment, ProgramId},
    identity::Identity,
    ledger::{Founding, Ledger, Parameters, SolanaLedger, SolanaSettings},
};
use tokio::{select, sync::Notify};

use crate::network::{FUNDS, dev_ledger};

#[tokio::test]
async fn an_interrupted_founding_costs_no_more_than_what_is_missing_and_goes_on_with_a_longer_program() {
    let ledger = dev_ledger().await;
    let (authority, program) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    ledger.fund(&authority.peer_key(), FUNDS).await.unwrap();
    let id = ProgramId(program.peer_key().0);
    let settings = SolanaSettings::new(&ledger.rpc_url, None, id, Commitment::Confirmed).unwrap();
    let client = SolanaLedger::new(settings, &authority).unwrap();
    let elf = include_bytes!("../../programs/sentinel.so");
    let founding = Founding { program: &program, elf, parameters: Parameters::USUAL };
    let whole = client.cost_of(&founding).await.unwrap();
    assert_eq!(whole, founding.cost());

    let begun = Notify::new();
    select! {
        done = client.found(&founding, |_| begun.notify_one()) => panic!("it was to be interrupted: {done:?}"),
        () = begun.notified() => {}
    }
    let spent = FUNDS - client.balance().await.unwrap();
    let left = client.cost_of(&founding).await.unwrap();
    assert!(left < whole / 10, "the buffer's rent is counted again: {left} of {whole}");
    assert!(spent > whole * 9 / 10, "nothing was interrupted: {spent} of {whole}");

    // As after an upgrade of the agent.
    let longer = [elf.as_slice(), &[0; 2000]].concat();
    let founding = Founding { elf: &longer, ..founding };
    let before = client.balance().await.unwrap();
    let left = client.cost_of(&founding).await.unwrap();
    assert!(client.found(&founding, |_| ()).await.unwrap().is_some());
    assert!(before - client.balance().await.unwrap() <= left);
    assert_eq!(client.network().await.unwrap().authority, authority.peer_key().0);
    assert_eq!(client.cost_of(&founding).await.unwrap(), 0);
    assert_eq!(client.found(&founding, |_| ()).await.unwrap(), None);
}
