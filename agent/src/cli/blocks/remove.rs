//! `blocks remove`: lets a network go.

use clap::Args;
use ipnetwork::IpNetwork;

use crate::{
    cli::{Exit, Options, options::unexpected},
    control::{Answer, Failure, FailureKind, Request},
};

/// Let a blocked network go, whatever it was blocked for
///
/// It is blocked again when it attacks again; networks that must never be blocked belong into guard.allow.
#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// The network exactly as `blocks list` shows it; a single address may stand without /32 or /128
    network: IpNetwork,
}

impl Remove {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let answer = options
            .ask(&Request::Unblock { network: self.network })
            .map_err(|error| self.with_covering_network(error, options))?;
        let Answer::Block(block) = answer else { return Err(unexpected()) };
        options.output().show(&block, |_| format!("let {} go", block.network))?;
        Ok(Exit::Ok)
    }

    /// Whoever names an address may mean the network that covers it.
    fn with_covering_network(&self, error: anyhow::Error, options: &Options) -> anyhow::Error {
        let is_not_found =
            error.downcast_ref::<Failure>().is_some_and(|failure| failure.kind == FailureKind::NotFound);
        if !is_not_found {
            return error;
        }
        match options.ask(&Request::Explain { address: self.network.ip() }) {
            Ok(Answer::Explanation(found)) => found.blocks.first().map_or(error, |block| {
                let message =
                    format!("{} is not blocked by itself, only as part of {}", self.network, block.network);
                Failure::new(FailureKind::NotFound, message).into()
            }),
            _ => error,
        }
    }
}
