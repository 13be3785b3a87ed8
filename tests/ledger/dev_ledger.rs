//! The dev ledger as Solana's own client sees it.

use futures_util::StreamExt;
use sentinel_tests::dev_ledger::DevLedger;
use serde_json::{Value, json};
use solana_client::{
    client_error::ClientErrorKind,
    nonblocking::{pubsub_client::PubsubClient, rpc_client::RpcClient},
    rpc_config::{RpcAccountInfoConfig, RpcSendTransactionConfig, UiAccountEncoding, UiTransactionEncoding},
    rpc_request::{RpcError, RpcRequest, RpcResponseErrorData},
    rpc_response::{RpcSignatureResult, UiTransactionError},
};
use solana_commitment_config::CommitmentConfig;
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    signature::{Keypair, Signature, Signer},
    transaction::{Transaction, TransactionError},
};

use crate::network::dev_ledger;

fn rpc(ledger: &DevLedger) -> RpcClient {
    RpcClient::new_with_commitment(ledger.rpc_url.clone(), CommitmentConfig::confirmed())
}

fn transfer(from: &Pubkey, to: &Pubkey, lamports: u64) -> Instruction {
    let mut data = 2u32.to_le_bytes().to_vec();
    data.extend(lamports.to_le_bytes());
    Instruction {
        program_id: Pubkey::default(),
        accounts: vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)],
        data,
    }
}

async fn funded(rpc: &RpcClient) -> Keypair {
    let keypair = Keypair::new();
    let airdrop = rpc.request_airdrop(&keypair.pubkey(), 1_000_000_000).await.unwrap();
    assert!(rpc.confirm_transaction(&airdrop).await.unwrap());
    keypair
}

async fn signed(rpc: &RpcClient, from: &Keypair, to: &Pubkey, lamports: u64) -> Transaction {
    let blockhash = rpc.get_latest_blockhash().await.unwrap();
    let instruction = transfer(&from.pubkey(), to, lamports);
    Transaction::new_signed_with_payer(&[instruction], Some(&from.pubkey()), &[from], blockhash)
}

#[tokio::test]
async fn lamports_move_and_the_history_shows_how() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let (from, to) = (funded(&rpc).await, Pubkey::new_unique());
    let transaction = signed(&rpc, &from, &to, 100_000_000).await;
    let signature = rpc.send_and_confirm_transaction(&transaction).await.unwrap();
    assert_eq!(rpc.get_balance(&to).await.unwrap(), 100_000_000);
    assert_eq!(rpc.get_balance(&from.pubkey()).await.unwrap(), 1_000_000_000 - 100_000_000 - 5_000);

    let history = rpc.get_signatures_for_address(&to).await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].signature, signature.to_string());
    for encoding in [UiTransactionEncoding::Base64, UiTransactionEncoding::Base58] {
        let found = rpc.get_transaction(&signature, encoding).await.unwrap();
        assert_eq!(found.transaction.transaction.decode().unwrap().signatures, [signature]);
    }
    let shown = rpc.get_transaction(&signature, UiTransactionEncoding::Json).await.unwrap();
    assert_eq!(shown.transaction.meta.unwrap().fee, 5_000);
    assert!(shown.block_time.is_some());
}

#[tokio::test]
async fn every_encoding_brings_the_same_account() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let state = Pubkey::find_program_address(&sentinel_interface::seeds::state(), &ledger.program).0;
    let expected = rpc.get_account(&state).await.unwrap().data;
    assert!(sentinel_interface::State::parse(&expected).is_ok());
    for encoding in [UiAccountEncoding::Base58, UiAccountEncoding::Base64, UiAccountEncoding::Base64Zstd] {
        let config = RpcAccountInfoConfig { encoding: Some(encoding), ..RpcAccountInfoConfig::default() };
        let account = rpc.get_ui_account_with_config(&state, config).await.unwrap().value.unwrap();
        assert_eq!(account.data.decode().unwrap(), expected, "{encoding:?}");
    }
    assert_eq!(rpc.get_multiple_accounts(&[state, Pubkey::new_unique()]).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_transaction_that_would_fail_is_refused_with_the_reason_and_the_logs() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let from = funded(&rpc).await;
    let transaction = signed(&rpc, &from, &Pubkey::new_unique(), u64::MAX).await;
    let error = rpc.send_transaction(&transaction).await.unwrap_err();
    assert!(
        matches!(error.get_transaction_error(), Some(TransactionError::InstructionError(0, _))),
        "{error}"
    );
    let ClientErrorKind::RpcError(RpcError::RpcResponseError { code: -32002, data, .. }) = *error.kind else {
        panic!("{error}");
    };
    let RpcResponseErrorData::SendTransactionPreflightFailure(simulation) = data else { panic!("{data:?}") };
    assert!(!simulation.logs.unwrap().is_empty());
}

#[tokio::test]
async fn without_preflight_a_failed_transaction_is_charged_and_its_status_says_why() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let from = funded(&rpc).await;
    let transaction = signed(&rpc, &from, &Pubkey::new_unique(), u64::MAX).await;
    let config = RpcSendTransactionConfig { skip_preflight: true, ..RpcSendTransactionConfig::default() };
    let signature = rpc.send_transaction_with_config(&transaction, config).await.unwrap();
    let status = rpc.get_signature_statuses(&[signature]).await.unwrap().value.remove(0).unwrap();
    assert!(status.err.is_some());
    assert_eq!(rpc.get_balance(&from.pubkey()).await.unwrap(), 1_000_000_000 - 5_000);
}

#[tokio::test]
async fn a_forged_or_stale_or_repeated_transaction_changes_nothing() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let (from, to) = (funded(&rpc).await, Pubkey::new_unique());
    let good = signed(&rpc, &from, &to, 100_000_000).await;

    let mut forged = good.clone();
    forged.signatures[0] = Signature::from([1; 64]);
    assert!(rpc.send_transaction(&forged).await.unwrap_err().to_string().contains("signature verification"));
    let instruction = transfer(&from.pubkey(), &to, 1);
    let blockhash = solana_sdk::hash::Hash::new_unique();
    let stale = Transaction::new_signed_with_payer(&[instruction], Some(&from.pubkey()), &[&from], blockhash);
    let error = rpc.send_transaction(&stale).await.unwrap_err();
    assert_eq!(error.get_transaction_error(), Some(TransactionError::BlockhashNotFound));

    rpc.send_transaction(&good).await.unwrap();
    let error = rpc.send_transaction(&good).await.unwrap_err();
    assert_eq!(error.get_transaction_error(), Some(TransactionError::AlreadyProcessed));
    assert_eq!(rpc.get_balance(&to).await.unwrap(), 100_000_000);
}

#[tokio::test]
async fn subscribers_hear_of_slots_accounts_and_signatures() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let from = funded(&rpc).await;
    let pubsub = PubsubClient::new(&ledger.websocket_url).await.unwrap();
    let (mut slots, _) = pubsub.slot_subscribe().await.unwrap();
    let (mut accounts, _) = pubsub.account_subscribe(&from.pubkey(), None).await.unwrap();
    let transaction = signed(&rpc, &from, &Pubkey::new_unique(), 100_000_000).await;
    let (mut before, _) = pubsub.signature_subscribe(&transaction.signatures[0], None).await.unwrap();
    rpc.send_transaction(&transaction).await.unwrap();
    let (mut after, _) = pubsub.signature_subscribe(&transaction.signatures[0], None).await.unwrap();

    for heard in [before.next().await.unwrap(), after.next().await.unwrap()] {
        assert!(
            matches!(heard.value, RpcSignatureResult::ProcessedSignature(result) if result.err.is_none())
        );
    }
    assert_eq!(accounts.next().await.unwrap().value.lamports, 1_000_000_000 - 100_000_000 - 5_000);
    let first = slots.next().await.unwrap().slot;
    assert!(slots.next().await.unwrap().slot > first);
}

#[tokio::test]
async fn time_passes_and_a_simulation_leaves_no_trace() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    let from = funded(&rpc).await;
    let transaction = signed(&rpc, &from, &Pubkey::new_unique(), 100_000_000).await;
    let simulation = rpc.simulate_transaction(&transaction).await.unwrap().value;
    assert_eq!((simulation.err, simulation.units_consumed), (None::<UiTransactionError>, Some(150)));
    assert_eq!(rpc.get_balance(&from.pubkey()).await.unwrap(), 1_000_000_000);
    assert_eq!(rpc.get_fee_for_message(&transaction.message).await.unwrap(), 5_000);

    let (blockhash, last_valid) =
        rpc.get_latest_blockhash_with_commitment(CommitmentConfig::confirmed()).await.unwrap();
    assert!(rpc.is_blockhash_valid(&blockhash, CommitmentConfig::confirmed()).await.unwrap());
    assert!(last_valid > rpc.get_block_height().await.unwrap());
    assert_eq!(rpc.get_epoch_info().await.unwrap().epoch, 0);
    rpc.get_health().await.unwrap();
    rpc.get_version().await.unwrap();
    rpc.get_genesis_hash().await.unwrap();
}

#[tokio::test]
async fn what_is_no_call_gets_the_error_that_json_rpc_has_for_it() {
    let ledger = dev_ledger().await;
    let rpc = rpc(&ledger);
    for (request, params, code) in [
        (RpcRequest::Custom { method: "getNothing" }, json!([]), -32601),
        (RpcRequest::GetBalance, json!([]), -32602),
        (RpcRequest::GetBalance, json!(["not base58 0OIl"]), -32602),
        (RpcRequest::SendTransaction, json!(["x".repeat(10_000)]), -32602),
    ] {
        let error = rpc.send::<Value>(request, params).await.unwrap_err();
        let ClientErrorKind::RpcError(RpcError::RpcResponseError { code: found, .. }) = *error.kind else {
            panic!("{error}");
        };
        assert_eq!(found, code, "{request}");
    }
}
