//! `blocks check`: is this address blocked? The exit code is the answer.

use std::net::IpAddr;

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{Exit, Options, options::unexpected},
    control::{Answer, BlockView, Request},
};

/// Tell whether an address is blocked: exit code 0 when it is, 4 when it is not
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// The address
    address: IpAddr,
}

#[derive(Debug, Serialize)]
struct Checked<'a> {
    address: IpAddr,
    blocked: bool,
    blocks: &'a [BlockView],
}

impl Check {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let address = self.address;
        let Answer::Explanation(found) = options.ask(&Request::Explain { address })? else {
            return Err(unexpected());
        };
        let narrowest = found.blocks.first();
        let checked = Checked { address, blocked: narrowest.is_some(), blocks: &found.blocks };
        options.output().show(&checked, |style| match narrowest {
            Some(block) => {
                let source = block.source.as_str();
                format!(
                    "{address} is blocked by {} ({source}) until {}",
                    block.network,
                    style.time(block.until)
                )
            }
            None => format!("{address} is not blocked"),
        })?;
        Ok(if checked.blocked { Exit::Ok } else { Exit::NotFound })
    }
}
