//! The real `solana-test-validator`, with the program deployed as on any cluster.

use std::{env, fs, path::Path, time::Duration};

use anyhow::{Context, bail};
use sentinel_agent::identity::Identity;
use sentinel_interface::Parameters;
use serde_json::Value;
use solana_sdk::pubkey::Pubkey;
use tempfile::TempDir;
use tokio::{process::Command, time::sleep};

use super::{Namespace, Process, binaries, ledger};

/// What the authority gets: enough for the program's rent.
const AUTHORITY_FUNDS: u64 = 100_000_000_000;

/// Where the validator keeps its blocks: in memory where that can be, since it writes so much that one disk cannot stand for its
/// own and those of the agents, who wait until theirs has what they write.
const MEMORY: &str = "/dev/shm";

/// Starts the validator at `path`, has a network created; gives the folder of its blocks besides.
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
    let authority = Pubkey::from(Identity::load(authority)?.peer_key().0);
    let founded = async {
        internet.run(wait_until_it_pays(authority)).await??;
        create_network(parameters, internet, folder).await
    };
    match founded.await {
        Ok(program) => Ok((process, program, blocks)),
        Err(error) => Err(error.context(format!("the validator said:\n{}", process.transcript().tail(15)))),
    }
}

async fn wait_until_it_pays(authority: Pubkey) -> anyhow::Result<()> {
    wait_for_first_slot().await?;
    ledger::airdrop(ledger::client(), authority, AUTHORITY_FUNDS).await.context("funding the authority")
}

/// Does what an operator does, with the keys in `folder`.
async fn create_network(
    parameters: Parameters,
    internet: &Namespace,
    folder: &Path,
) -> anyhow::Result<Pubkey> {
    let config = folder.join("founder.toml");
    fs::write(&config, "").context("writing the founder's config")?;
    let mut command = Command::new(binaries::built("sentinel-agent")?);
    command.arg("--json").arg("--config").arg(config).args(["network", "create", "--keys"]).arg(folder);
    command.arg("--rpc").arg(ledger::rpc_url());
    command.arg("--cycle").arg(format!("{}s", parameters.cycle_length));
    command.arg("--bond").arg(parameters.bond.to_string());
    let created: Value = serde_json::from_str(&internet.output(command).await?)?;
    created["program"].as_str().context("it named no program")?.parse().context("reading its address")
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
