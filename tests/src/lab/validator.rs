//! The real `solana-test-validator`, with the program deployed as on any cluster.

use std::{env, path::Path, time::Duration};

use anyhow::{Context, bail};
use sentinel_agent::identity::Identity;
use sentinel_interface::Parameters;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::Transaction,
};
use tempfile::TempDir;
use tokio::{process::Command, time::sleep};

use super::{Namespace, Process, deploy::deploy, ledger};
use crate::{
    dev_ledger::keys,
    program::{PROGRAM, Program},
};

/// What the authority gets: enough for the program's rent.
const AUTHORITY_FUNDS: u64 = 100_000_000_000;

/// Where the validator keeps its blocks: in memory where that can be, since it writes so much that one disk cannot stand for its
/// own and those of the agents, who wait until theirs has what they write.
const MEMORY: &str = "/dev/shm";

/// Starts the validator at `path`, deploys the program and founds a network; gives the folder of its blocks besides.
pub(super) async fn start(
    path: &Path,
    parameters: Parameters,
    internet: &Namespace,
    folder: &Path,
    authority: &Path,
) -> anyhow::Result<(Process, Pubkey, TempDir)> {
    if !path.is_file() {
        bail!("{} is no file: SENTINEL_TEST_VALIDATOR must name a solana-test-validator", path.display());
    }
    let memory = Path::new(MEMORY);
    let disk = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
    let blocks = tempfile::Builder::new().prefix("sentinel-lab-").tempdir_in(disk);
    let blocks = blocks.context("making the validator's folder")?;
    let mut command = Command::new(path);
    command.arg("--ledger").arg(blocks.path()).args(["--reset", "--quiet", "--limit-ledger-size", "10000"]);
    command.args([
        "--bind-address",
        &ledger::ADDRESS.to_string(),
        "--rpc-port",
        &ledger::RPC_PORT.to_string(),
    ]);
    command.current_dir(folder);
    let process = Process::start(internet, command).await?;
    let authority = keypair(&Identity::load(authority)?);
    match internet.run(found_network(authority, parameters)).await? {
        Ok(program) => Ok((process, program, blocks)),
        Err(error) => Err(error.context(format!("the validator said:\n{}", process.transcript().tail(15)))),
    }
}

async fn found_network(authority: Keypair, parameters: Parameters) -> anyhow::Result<Pubkey> {
    wait_for_first_slot().await?;
    ledger::airdrop(ledger::client(), authority.pubkey(), AUTHORITY_FUNDS)
        .await
        .context("funding the authority")?;
    let program = keys::program();
    deploy(ledger::client(), &authority, &program, PROGRAM).await?;
    let client = ledger::client();
    let blockhash = client.get_latest_blockhash().await?;
    let founding = Program { id: program.pubkey() }.initialize(&authority.pubkey(), parameters);
    let mut transaction = Transaction::new_with_payer(&[founding], Some(&authority.pubkey()));
    transaction.try_sign(&[&authority, &program], blockhash)?;
    client.send_and_confirm_transaction(&transaction).await.context("founding the network")?;
    Ok(program.pubkey())
}

async fn wait_for_first_slot() -> anyhow::Result<()> {
    let client = ledger::client();
    for _ in 0..600 {
        if client.get_slot().await.is_ok_and(|slot| slot > 0) {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    bail!("it made no slot within a minute")
}

fn keypair(identity: &Identity) -> Keypair {
    Keypair::new_from_array(identity.signing_key().to_bytes())
}
