//! The program on a real validator, deployed the way `solana program deploy` does it: through the upgradeable loader.

use std::time::Duration;

use anyhow::{Context, bail};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_loader_v3_interface::{instruction as loader, state::UpgradeableLoaderState};
use solana_sdk::{
    instruction::Instruction,
    signature::{Keypair, Signature, Signer},
    transaction::Transaction,
};
use tokio::time::{sleep, timeout};

/// Bytes of the program in one transaction: what fits beside two signatures, keys and lengths.
const CHUNK: usize = 900;

/// How long a transaction may take to be confirmed.
const CONFIRMATION: Duration = Duration::from_secs(60);

/// Loads `elf` at `program`'s address, upgradeable by `payer`, and waits until it can be called.
///
/// # Errors
/// When the endpoint does not answer, `payer` lacks lamports, or the loader refuses the program.
pub(super) async fn deploy(
    client: RpcClient,
    payer: &Keypair,
    program: &Keypair,
    elf: &[u8],
) -> anyhow::Result<()> {
    let deployment = Deployment { client, payer };
    let buffer = Keypair::new();
    deployment.upload(&buffer, elf).await.context("uploading the program")?;
    deployment.install(&buffer, program, elf.len()).await.context("deploying the uploaded program")
}

struct Deployment<'a> {
    client: RpcClient,
    payer: &'a Keypair,
}

impl Deployment<'_> {
    async fn upload(&self, buffer: &Keypair, elf: &[u8]) -> anyhow::Result<()> {
        let (payer, address) = (self.payer.pubkey(), buffer.pubkey());
        let rent = self.rent(UpgradeableLoaderState::size_of_buffer(elf.len())).await?;
        let create = loader::create_buffer(&payer, &address, &payer, rent, elf.len())?;
        self.confirm(self.send(&create, &[buffer]).await?).await?;
        let mut writes = Vec::new();
        for (chunk, offset) in elf.chunks(CHUNK).zip((0u32..).step_by(CHUNK)) {
            let write = loader::write(&address, &payer, offset, chunk.to_vec());
            writes.push(self.send(&[write], &[]).await?);
        }
        for write in writes {
            self.confirm(write).await?;
        }
        Ok(())
    }

    async fn install(&self, buffer: &Keypair, program: &Keypair, length: usize) -> anyhow::Result<()> {
        let payer = self.payer.pubkey();
        let rent = self.rent(UpgradeableLoaderState::size_of_program()).await?;
        let deploy = loader::deploy_with_max_program_len(
            &payer,
            &program.pubkey(),
            &buffer.pubkey(),
            &payer,
            rent,
            length,
            true,
        )?;
        let signature = self.send(&deploy, &[program]).await?;
        self.confirm(signature).await?;
        self.wait_for_next_slot().await
    }

    /// A program can be called in the slot after the one that it was deployed in.
    async fn wait_for_next_slot(&self) -> anyhow::Result<()> {
        let deployed = self.client.get_slot().await?;
        while self.client.get_slot().await? <= deployed + 1 {
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn rent(&self, bytes: usize) -> anyhow::Result<u64> {
        Ok(self.client.get_minimum_balance_for_rent_exemption(bytes).await?)
    }

    async fn send(&self, instructions: &[Instruction], others: &[&Keypair]) -> anyhow::Result<Signature> {
        let blockhash = self.client.get_latest_blockhash().await?;
        let mut signers = vec![self.payer];
        signers.extend(others);
        let mut transaction = Transaction::new_with_payer(instructions, Some(&self.payer.pubkey()));
        transaction.try_sign(&signers, blockhash)?;
        Ok(self.client.send_transaction(&transaction).await?)
    }

    async fn confirm(&self, signature: Signature) -> anyhow::Result<()> {
        let confirmed = async {
            loop {
                let statuses = self.client.get_signature_statuses(&[signature]).await?.value;
                match statuses.into_iter().next().flatten() {
                    Some(status) if status.err.is_some() => {
                        bail!("transaction {signature}: {:?}", status.err)
                    }
                    Some(status) if status.satisfies_commitment(CommitmentConfig::confirmed()) => {
                        return Ok(());
                    }
                    _ => sleep(Duration::from_millis(50)).await,
                }
            }
        };
        timeout(CONFIRMATION, confirmed)
            .await
            .with_context(|| format!("transaction {signature} was not confirmed"))?
    }
}
