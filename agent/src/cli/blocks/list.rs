//! `blocks list`: what is dropped now.

use clap::{Args, ValueEnum};
use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{
    filters::Filters,
    listed::{Listed, table},
    pages::{Wanted, each_page},
};
use crate::{
    cli::{Exit, Options},
    control::MAX_PAGE,
};

/// List what is blocked
///
/// Fields in a pipe: network, source (local, manual or peer), since, until, reasons. When the daemon is not running,
/// the kernel is asked, which knows neither reasons nor since when.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent blocks list --source peer --since 1h
  sentinel-agent blocks list --network 203.0.113.0/24 --json
  sentinel-agent blocks list --limit 100 --after 198.51.100.7/32   the page behind that network")]
pub(in crate::cli) struct List {
    #[command(flatten)]
    filters: Filters,
    /// Only networks behind this one: with --limit, the next page begins behind the last network of this one
    #[arg(long, value_name = "CIDR")]
    after: Option<IpNetwork>,
    /// How many at the most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// In which order: by network, or by when they end, the soonest first
    #[arg(long, value_name = "ORDER", value_enum, default_value_t)]
    sort: Sort,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    #[default]
    Network,
    Until,
}

impl List {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let filter = self.filters.at(Timestamp::now());
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut output = options.output();
        match self.sort {
            Sort::Network => {
                let wanted = Wanted { filter, after: self.after, limit };
                let mut list = output.stream("blocks");
                each_page(options, wanted, |page| Ok(list.page(&page, table)?))?;
                list.end()?;
            }
            Sort::Until => {
                let mut soonest = Soonest { limit, blocks: Vec::new() };
                let wanted = Wanted { filter, after: self.after, limit: usize::MAX };
                each_page(options, wanted, |page| {
                    soonest.take(page);
                    Ok(())
                })?;
                soonest.cut();
                let mut list = output.stream("blocks");
                soonest.blocks.chunks(MAX_PAGE).try_for_each(|page| list.page(page, table))?;
                list.end()?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// The blocks that end first. Of a limit, hardly more than so many are held at once.
struct Soonest {
    limit: usize,
    blocks: Vec<Listed>,
}

impl Soonest {
    fn take(&mut self, page: Vec<Listed>) {
        self.blocks.extend(page);
        if self.blocks.len() / 2 > self.limit {
            self.cut();
        }
    }

    fn cut(&mut self) {
        // What has no end comes last.
        self.blocks.sort_by_key(|block| (block.until.is_none(), block.until, block.network));
        self.blocks.truncate(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::blocks::listed::tests::by_hand;

    #[test]
    fn what_ends_first_comes_first_and_only_as_much_as_is_wanted_is_kept() {
        let block =
            |day: u8| by_hand(&format!("203.0.113.{day}"), &format!("2026-12-{day:02}T00:00:00Z"), "");
        let mut soonest = Soonest { limit: 2, blocks: Vec::new() };
        for days in [[5, 9, 1], [7, 3, 2], [8, 6, 4]] {
            soonest.take(days.map(block).to_vec());
            assert!(soonest.blocks.len() <= 5);
        }
        soonest.cut();
        assert_eq!(soonest.blocks, [block(1), block(2)]);
    }
}
