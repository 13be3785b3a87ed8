//! `network`: taking part.

mod create;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Exit, Options, keys, output::Table, runtime::block_on};
use crate::{
    daemon,
    domain::{Karma, PeerKey, TxId},
    identity::Identity,
    kernel,
    ledger::{Founder, Ledger},
};

/// Take part in the network
#[derive(Debug, Subcommand)]
pub(super) enum Network {
    Create(create::Create),
    Join(Join),
    Leave(Leave),
}

/// Join the network as a peer: its ledger then knows this agent's key and public URL
///
/// It costs a fee, rent and a bond, so that the identity needs some SOL. ledger.rpc and
/// ledger.program of the config have to be set, and serve.public_url where this host has no
/// public address of its own.
#[derive(Debug, Args)]
pub(super) struct Join {
    /// Key file of the network's authority, which vouches for karma to begin with
    #[arg(long, value_name = "FILE", requires = "karma")]
    founder_key: Option<PathBuf>,
    /// Karma to begin with, as the authority grants it
    #[arg(long, value_name = "N", requires = "founder_key")]
    karma: Option<u64>,
}

/// Leave the network: this agent posts, likes and fetches logs no more, and its bond comes back
///
/// Its mirrors are withdrawn; its karma stays with its key, and whoever joins again has it again. It is refused within a
/// cycle after the last post, with the time from which on it is not, and who was disputed more than liked does not get the
/// bond back. Turn share.publish off before; the rent of posts, likes and disputes goes on coming back while the agent runs.
#[derive(Debug, Args)]
pub(super) struct Leave {}

#[derive(Debug, Serialize)]
struct Left {
    peer: PeerKey,
    tx: TxId,
}

#[derive(Debug, Serialize)]
struct Joined {
    peer: PeerKey,
    endpoint: String,
    karma: Karma,
    tx: TxId,
}

impl Network {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::Create(create) => create.run(options)?,
            Self::Join(join) => {
                let joined = join.join(options)?;
                options.output().show(&joined, |_| {
                    let mut table = Table::pairs();
                    table.pair("peer", joined.peer);
                    table.pair("endpoint", &joined.endpoint);
                    table.pair("karma", joined.karma);
                    table.pair("transaction", joined.tx);
                    table
                })?;
            }
            Self::Leave(Leave {}) => {
                let left = leave(options)?;
                options.output().show(&left, |_| {
                    let mut table = Table::pairs();
                    table.pair("peer", left.peer);
                    table.pair("transaction", left.tx);
                    table
                })?;
            }
        }
        Ok(Exit::Ok)
    }
}

fn leave(options: &Options) -> anyhow::Result<Left> {
    let settings = options.settings()?;
    let (identity, _) = keys::open(options, &settings.identity.key_file)?;
    let Some(ledger) = daemon::connect(&settings.ledger, &identity)? else {
        bail!("leaving the network: set ledger.rpc and ledger.program in the config")
    };
    Ok(Left { peer: identity.peer_key(), tx: block_on(ledger.leave())?? })
}

impl Join {
    fn join(&self, options: &Options) -> anyhow::Result<Joined> {
        let settings = options.settings()?;
        let (identity, _) = keys::open(options, &settings.identity.key_file)?;
        let Some(ledger) = daemon::connect(&settings.ledger, &identity)? else {
            bail!("joining the network: set ledger.rpc and ledger.program in the config")
        };
        let founder = self.founder()?;
        let links = block_on(kernel::watch())??;
        let Some(url) = daemon::found_url(&settings.serve, &links.borrow()) else {
            bail!(
                "joining the network: peers must know where to fetch logs, and this host has no public address; set \
                 serve.public_url in the config, or MY_PEER_URL"
            )
        };
        let endpoint = url.base().to_owned();
        let tx = block_on(ledger.join(&endpoint, founder.as_ref()))??;
        let karma = founder.map_or(Karma(0), |founder| founder.karma);
        Ok(Joined { peer: identity.peer_key(), endpoint, karma, tx })
    }

    fn founder(&self) -> anyhow::Result<Option<Founder>> {
        let (Some(file), Some(karma)) = (&self.founder_key, self.karma) else { return Ok(None) };
        Ok(Some(Founder { authority: Identity::load(file)?, karma: Karma(karma) }))
    }
}
