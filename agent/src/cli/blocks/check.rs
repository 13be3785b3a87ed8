//! `blocks check`: is this address blocked? The exit code is the answer.

use std::net::IpAddr;

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{Exit, Options, options::unexpected},
    control::{Answer, BlockQuery, BlockView, Filter, MAX_PAGE, Request},
};

/// Tell whether an address is blocked: exit code 0 when it is, 4 when it is not
///
/// Any other code is a failure and no answer. An agent that only observes blocks nothing: the code is 4, and the text
/// says what would be blocked.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// The address
    address: IpAddr,
}

#[derive(Debug, Serialize)]
struct Checked<'a> {
    address: IpAddr,
    blocked: bool,
    observe: bool,
    blocks: &'a [BlockView],
}

impl Check {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let address = self.address;
        let filter = Filter { covering: Some(address), ..Filter::default() };
        let query = BlockQuery { filter, after: None, limit: MAX_PAGE };
        let Answer::Blocks(page) = options.ask(&Request::Blocks(query))? else { return Err(unexpected()) };
        // Of networks that all cover one address, the narrowest comes last.
        let narrowest = page.blocks.last();
        let blocked = narrowest.is_some() && !page.observe;
        let checked = Checked { address, blocked, observe: page.observe, blocks: &page.blocks };
        options.output().show(&checked, |style| match narrowest {
            Some(block) => {
                let verb = if page.observe { "would be" } else { "is" };
                let source = block.source.as_str();
                let until = style.time(block.until);
                format!("{address} {verb} blocked by {} ({source}) until {until}", block.network)
            }
            None => format!("{address} is not blocked"),
        })?;
        Ok(if blocked { Exit::Ok } else { Exit::NotFound })
    }
}
