//! `blocks remove`: lets networks go.

use clap::Args;
use ipnetwork::IpNetwork;
use serde::Serialize;

use crate::{
    cli::{
        Exit, Options, exit,
        options::{Daemon, unexpected},
        output::Table,
    },
    control::{Answer, BlockQuery, BlockView, Failure, FailureKind, Filter, Request},
};

/// Let blocked networks go, whatever they were blocked for
///
/// They are blocked again when they attack again; what must never be blocked belongs on the allowlist: see
/// `allow add`. Exit code 4 when one of them is not blocked; the others are let go all the same.
///
/// Fields in a pipe: network.
#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// Networks exactly as `blocks list` shows them; a single address may stand without /32 or /128
    #[arg(required = true, value_name = "NETWORK")]
    networks: Vec<IpNetwork>,
}

#[derive(Debug, Serialize)]
struct Removed {
    removed: Vec<BlockView>,
}

impl Remove {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let daemon = options.daemon();
        let mut removed = Vec::new();
        let mut missing = Vec::new();
        for network in self.networks {
            match daemon.ask(&Request::Unblock { network }) {
                Ok(Answer::Unblocked(block)) => removed.push(block),
                Ok(_) => return Err(unexpected()),
                Err(error) if is_not_found(&error) => missing.push(with_covering(network, error, &daemon)),
                Err(error) => return Err(error),
            }
        }
        let removed = Removed { removed };
        if !removed.removed.is_empty() {
            options.output().show(&removed, |_| {
                let mut table = Table::new(["let go"]);
                removed.removed.iter().for_each(|block| table.row([block.network.to_string()]));
                table
            })?;
        }
        exit::unless_any(missing)
    }
}

fn is_not_found(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.kind == FailureKind::NotFound)
}

/// Whoever names an address may mean the network that covers it.
fn with_covering(network: IpNetwork, error: anyhow::Error, daemon: &Daemon) -> anyhow::Error {
    let filter = Filter { covering: Some(network.ip()), ..Filter::default() };
    match daemon.ask(&Request::Blocks(BlockQuery { filter, after: None, limit: 1 })) {
        Ok(Answer::Blocks(page)) => page.blocks.first().map_or(error, |block| {
            let message = format!(
                "{network} is not blocked by itself, only as part of {0}; `sentinel-agent blocks remove {0}` lets that go",
                block.network
            );
            Failure::new(FailureKind::NotFound, message).into()
        }),
        _ => error,
    }
}
