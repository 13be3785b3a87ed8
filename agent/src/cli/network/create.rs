//! `network create`: a network of one's own.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::super::{Options, output::Table, progress, runtime::block_on};
use crate::{
    config::{Endpoint, Endpoints, LedgerSettings, Span},
    daemon,
    domain::{PeerKey, ProgramId, TxId},
    identity::Identity,
    ledger::{Founding, Ledger, Parameters},
};

/// The program that this version goes with, as `programs/build.sh` made it.
const PROGRAM: &[u8] = include_bytes!("../../../../programs/sentinel.so");
/// The largest program that the ledger takes, in bytes.
const MAX_PROGRAM: u64 = 10 * 1024 * 1024;
/// Lamports of a SOL.
const SOL: u64 = 1_000_000_000;

/// Create a network of your own: load its program onto the ledger, and set its rules
///
/// Its authority, a key of yours, pays for that, may replace the program, and vouches for founders (`network join
/// --founder-key`). Done again, it goes on where it was interrupted.
#[derive(Debug, Args)]
pub(in crate::cli) struct Create {
    /// Folder of the network's two keys, authority.json and program.json; what is not there is made
    #[arg(long, value_name = "FOLDER")]
    keys: PathBuf,
    /// Endpoint of the ledger [default: ledger.rpc of the config]
    #[arg(long, value_name = "URL")]
    rpc: Option<Endpoint>,
    /// Another program [default: the one that this version goes with]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// For how long a post takes likes and disputes, once or twice
    #[arg(long, value_name = "TIME", default_value = "1d")]
    cycle: Span,
    /// What joining costs until one leaves in good standing, in lamports
    #[arg(long, value_name = "LAMPORTS", default_value_t = Parameters::USUAL.bond)]
    bond: u64,
}

#[derive(Debug, Serialize)]
struct Created {
    /// The program's address: `ledger.program` of every peer's config.
    program: ProgramId,
    authority: PeerKey,
    /// None when it had been created before.
    tx: Option<TxId>,
}

impl Create {
    pub(super) fn run(&self, options: &Options) -> anyhow::Result<()> {
        let created = self.create(&options.settings()?.ledger)?;
        Ok(options.output().show(&created, |_| {
            let mut table = Table::pairs();
            table.pair("ledger.program", created.program);
            table.pair("authority", created.authority);
            table.pair(
                "transaction",
                created.tx.map_or_else(|| "created before".to_owned(), |tx| tx.to_string()),
            );
            table
        })?)
    }

    fn create(&self, section: &LedgerSettings) -> anyhow::Result<Created> {
        let (authority, program) = (self.key("authority.json")?, self.key("program.json")?);
        let id = ProgramId(program.peer_key().0);
        let mut section = LedgerSettings { program: Some(id), ..section.clone() };
        if let Some(rpc) = &self.rpc {
            section.rpc = Endpoints(vec![rpc.clone()]);
            section.websocket = Endpoints::default();
        }
        let Some(ledger) = daemon::connect(&section, &authority)? else {
            bail!("creating a network: name an endpoint of the ledger with --rpc")
        };
        let elf = self.program.as_deref().map_or_else(|| Ok(PROGRAM.to_vec()), read)?;
        let parameters =
            Parameters { cycle_length: self.cycle.0.as_secs(), bond: self.bond, ..Parameters::USUAL };
        let founding = Founding { program: &program, elf: &elf, parameters };
        let bar = progress::bar(Some(elf.len().try_into()?));
        let found = ledger.found(&founding, |bytes| bar.set_position(bytes.try_into().unwrap_or_default()));
        let founded = block_on(async {
            let (costs, has) = (ledger.cost_of(&founding).await?, ledger.balance().await?);
            if has < costs {
                bail!(
                    "creating a network: it takes {} SOL from here on, most of it the rent of the program, and its \
                     authority has {}; send what is missing to {} and do this again",
                    sol(costs),
                    sol(has),
                    authority.peer_key()
                );
            }
            Ok(found.await?)
        });
        bar.finish_and_clear();
        Ok(Created { program: id, authority: authority.peer_key(), tx: founded?? })
    }

    /// The network's key in this file, made when there is none.
    fn key(&self, name: &str) -> anyhow::Result<Identity> {
        let path = self.keys.join(name);
        if path.exists() {
            return Ok(Identity::load(&path)?);
        }
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.keys);
        made.with_context(|| format!("making the folder {}", self.keys.display()))?;
        let key = Identity::generate()?;
        key.save(&path)?;
        Ok(key)
    }
}

fn read(program: &Path) -> anyhow::Result<Vec<u8>> {
    let size = fs::metadata(program).with_context(|| format!("looking at {}", program.display()))?.len();
    ensure!(size <= MAX_PROGRAM, "{} is no program: it has {size} bytes", program.display());
    fs::read(program).with_context(|| format!("reading {}", program.display()))
}

/// Lamports for people, rounded up to a thousandth.
fn sol(lamports: u64) -> String {
    let thousandths = lamports.div_ceil(SOL / 1000);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}
