//! The ledger that the lab's agents share.

use std::{
    env, fmt,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use sentinel_agent::{
    domain::{Commitment, FileHash, PeerKey, ProgramId},
    identity::Identity,
    ledger::{SolanaLedger, SolanaSettings},
};
use sentinel_interface::{Parameters, Peer};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::Transaction,
};
use tempfile::TempDir;
use tokio::{process::Command, time::sleep};

use super::{Namespace, Process, binaries, validator};
use crate::program::Program;

/// Where the ledger answers.
pub(super) const ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// Port of its JSON-RPC; the websocket takes the next one.
pub(super) const RPC_PORT: u16 = 8899;

/// What each peer gets to pay its bond, rents and fees with: ten SOL.
const FUNDS: u64 = 10_000_000_000;

/// Which ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerKind {
    /// This project's dev ledger: the program in LiteSVM.
    Dev,
    /// A `solana-test-validator`, at this path: the program deployed through the loader.
    Validator(PathBuf),
}

impl LedgerKind {
    /// The validator that `SENTINEL_TEST_VALIDATOR` names, or else the one in `PATH`.
    ///
    /// # Errors
    /// When there is none.
    pub fn installed_validator() -> anyhow::Result<Self> {
        let in_path = || {
            env::split_paths(&env::var_os("PATH").unwrap_or_default())
                .map(|folder| folder.join("solana-test-validator"))
                .find(|program| program.is_file())
        };
        let named = env::var_os("SENTINEL_TEST_VALIDATOR").map(PathBuf::from);
        let found = named.or_else(in_path).context(
            "there is no solana-test-validator in PATH, and SENTINEL_TEST_VALIDATOR does not name one",
        )?;
        Ok(Self::Validator(found))
    }
}

impl fmt::Display for LedgerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dev => write!(f, "dev ledger"),
            Self::Validator(path) => write!(f, "validator {}", path.display()),
        }
    }
}

/// A running ledger with the Sentinel program on it and a network founded.
pub struct Ledger {
    internet: Arc<Namespace>,
    process: Process,
    program: Program,
    authority: PathBuf,
    /// Where a validator keeps its blocks.
    _blocks: Option<TempDir>,
}

impl Ledger {
    pub(super) async fn start(
        kind: &LedgerKind,
        parameters: Parameters,
        internet: &Arc<Namespace>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let authority = folder.join("authority.json");
        Identity::generate()?.save(&authority)?;
        let (process, id, blocks) = match kind {
            LedgerKind::Dev => {
                let (process, id) = start_dev_ledger(parameters, internet, &authority).await?;
                (process, id, None)
            }
            LedgerKind::Validator(path) => {
                let (process, id, blocks) =
                    validator::start(path, parameters, internet, folder, &authority).await?;
                (process, id, Some(blocks))
            }
        };
        let (internet, program) = (internet.clone(), Program { id });
        Ok(Self { internet, process, program, authority, _blocks: blocks })
    }

    /// Gives a peer lamports.
    ///
    /// # Errors
    /// When the faucet does not pay.
    pub async fn fund(&self, peer: PeerKey) -> anyhow::Result<()> {
        let paid = self.internet.run(airdrop(client(), Pubkey::from(peer.0), FUNDS)).await?;
        paid.with_context(|| format!("asking the faucet for lamports for {peer}"))
    }

    /// Posts, on behalf of a peer and without its agent, whatever the program lets through.
    ///
    /// # Errors
    /// When the program refuses.
    pub async fn post(&self, owner: &Identity, log_url: &str, file_hash: FileHash) -> anyhow::Result<()> {
        let instruction = self.program.mint_nft(&Pubkey::from(owner.peer_key().0), log_url, file_hash.0);
        self.send(owner, instruction).await.with_context(|| format!("posting {log_url}"))
    }

    async fn send(&self, signer: &Identity, instruction: Instruction) -> anyhow::Result<()> {
        let keypair = Keypair::new_from_array(signer.signing_key().to_bytes());
        let sent = self.internet.run(async move {
            let client = client();
            let blockhash = client.get_latest_blockhash().await?;
            let payer = Some(&keypair.pubkey());
            let transaction =
                Transaction::new_signed_with_payer(&[instruction], payer, &[&keypair], blockhash);
            client.send_and_confirm_transaction(&transaction).await
        });
        sent.await??;
        Ok(())
    }

    /// The bytes of an account.
    ///
    /// # Errors
    /// When there is none.
    pub async fn account(&self, address: Pubkey) -> anyhow::Result<Vec<u8>> {
        let account = self.internet.run(async move { client().get_account_data(&address).await }).await?;
        account.with_context(|| format!("reading the account {address}"))
    }

    /// The agent's own client of this ledger, at `confirmed`. It works [inside](Self::run).
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn client_of(&self, identity: &Identity) -> anyhow::Result<SolanaLedger> {
        let program = ProgramId(self.program.id.to_bytes());
        let (rpc, websocket) = (self.rpc_url(), self.websocket_url());
        let settings = SolanaSettings::new(&rpc, Some(&websocket), program, Commitment::Confirmed)?;
        Ok(SolanaLedger::new(settings, identity)?)
    }

    /// Runs something where the ledger is reached.
    ///
    /// # Errors
    /// When it fails or panics.
    pub async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> anyhow::Result<T> {
        self.internet.run(future).await?
    }

    /// What a peer has, in lamports.
    ///
    /// # Errors
    /// When the ledger does not say.
    pub async fn balance(&self, peer: PeerKey) -> anyhow::Result<u64> {
        let balance = self.internet.run(async move { client().get_balance(&Pubkey::from(peer.0)).await });
        balance.await?.with_context(|| format!("reading the balance of {peer}"))
    }

    /// A peer's karma, as its account on the ledger has it.
    ///
    /// # Errors
    /// When it has none.
    pub async fn karma(&self, peer: PeerKey) -> anyhow::Result<u64> {
        self.read(peer, |account| account.karma).await
    }

    /// Where a peer serves, as its account on the ledger has it.
    ///
    /// # Errors
    /// When it has none.
    pub async fn endpoint(&self, peer: PeerKey) -> anyhow::Result<String> {
        self.read(peer, |account| account.endpoint.as_str().to_owned()).await
    }

    async fn read<T>(&self, peer: PeerKey, take: impl Fn(&Peer<'_>) -> T) -> anyhow::Result<T> {
        let address = self.program.peer(&Pubkey::from(peer.0));
        let account = self.account(address).await.with_context(|| format!("reading about {peer}"))?;
        let read =
            Peer::parse(&account).map_err(|error| anyhow::anyhow!("the account of {peer}: {error}"))?;
        Ok(take(&read))
    }

    /// Key file of who founded the network.
    #[must_use]
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// Where its JSON-RPC answers.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        rpc_url()
    }

    /// Where its websocket answers.
    #[must_use]
    pub fn websocket_url(&self) -> String {
        format!("ws://{ADDRESS}:{}", RPC_PORT + 1)
    }

    /// The Sentinel program's address.
    #[must_use]
    pub fn program(&self) -> Pubkey {
        self.program.id
    }

    /// The program that serves it.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }
}

pub(super) fn rpc_url() -> String {
    format!("http://{ADDRESS}:{RPC_PORT}")
}

pub(super) fn client() -> RpcClient {
    RpcClient::new_with_commitment(rpc_url(), CommitmentConfig::confirmed())
}

/// Asks the faucet for lamports and waits until they are there.
pub(super) async fn airdrop(client: RpcClient, to: Pubkey, lamports: u64) -> anyhow::Result<()> {
    let signature = client.request_airdrop(&to, lamports).await?;
    for _ in 0..300 {
        if client.confirm_transaction(&signature).await? {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    bail!("airdrop {signature} to {to} was not confirmed within 30 s")
}

async fn start_dev_ledger(
    parameters: Parameters,
    internet: &Namespace,
    authority: &Path,
) -> anyhow::Result<(Process, Pubkey)> {
    let mut command = Command::new(binaries::built("dev-ledger")?);
    command.args(["--bind", &ADDRESS.to_string(), "--rpc-port", &RPC_PORT.to_string()]);
    command.arg("--authority").arg(authority);
    command.args(["--cycle-length", &parameters.cycle_length.to_string()]);
    let process = Process::start(internet, command).await?;
    let announced = process.transcript().wait_for("the program's address", Duration::from_secs(20), |line| {
        line.text.strip_prefix("program")?.trim().parse().ok()
    });
    let program = announced.await?;
    Ok((process, program))
}
