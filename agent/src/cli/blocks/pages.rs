//! Blocks page by page, from the daemon, or from the kernel when the daemon is not there to be asked.

use std::cmp::Reverse;

use anyhow::{Context, bail};
use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::listed::Listed;
use crate::{
    cli::{
        Options, exit,
        options::{Daemon, unexpected},
    },
    control::{Answer, AskError, BlockPage, BlockQuery, Filter, MAX_PAGE, Request},
    kernel::{self, Element},
};

/// Which blocks, in the order of their networks.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) filter: Filter,
    /// Only networks behind this one.
    pub(super) after: Option<IpNetwork>,
    /// How many at the most.
    pub(super) limit: usize,
}

/// Hands all blocks that are wanted to `show`, page by page; nobody ever holds all of them.
pub(super) fn each_page(
    options: &Options,
    wanted: Wanted,
    mut show: impl FnMut(Vec<Listed>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match from_daemon(&options.daemon(), &wanted, &mut show) {
        Err(error) => match error.downcast::<AskError>() {
            Ok(why @ AskError::NotRunning { .. }) => from_kernel(why, &wanted, show),
            Ok(error) => Err(error.into()),
            Err(error) => Err(error),
        },
        done => done,
    }
}

fn from_daemon(
    daemon: &Daemon,
    wanted: &Wanted,
    show: &mut impl FnMut(Vec<Listed>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut left = wanted.limit;
    let mut after = wanted.after;
    let mut is_first = true;
    while left > 0 {
        let query = BlockQuery { filter: wanted.filter.clone(), after, limit: left.min(MAX_PAGE) };
        let page = match daemon.ask(&Request::Blocks(query)) {
            Ok(Answer::Blocks(page)) => page,
            Ok(_) => return Err(unexpected()),
            // Half a list is no reason to begin anew with what the kernel has.
            Err(error) if !is_first => bail!("the list is cut short: {error:#}"),
            Err(error) => return Err(error),
        };
        let BlockPage { blocks, next, observe } = page;
        if is_first && observe {
            exit::say("the agent only observes: nothing is dropped, these would be");
        }
        is_first = false;
        left = left.saturating_sub(blocks.len());
        show(blocks.into_iter().map(Listed::from).collect())?;
        match next {
            Some(_) => after = next,
            None => break,
        }
    }
    Ok(())
}

/// What the kernel drops, when the daemon cannot be asked.
fn from_kernel(
    why: AskError,
    wanted: &Wanted,
    show: impl FnMut(Vec<Listed>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if !wanted.filter.is_about_networks() {
        return Err(why).context(
            "only the daemon knows who asked for a block and since when; without --source, --peer, --since and --older \
             the kernel can be asked instead",
        );
    }
    let elements = kernel::blocked().with_context(|| format!("{why}; asking the kernel instead"))?;
    exit::say(&format!("{why}; this is what the kernel drops"));
    of_elements(elements, wanted, Timestamp::now(), show)
}

fn of_elements(
    mut elements: Vec<Element>,
    wanted: &Wanted,
    now: Timestamp,
    mut show: impl FnMut(Vec<Listed>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    elements.retain(|element| {
        wanted.filter.admits_network(element.network)
            && wanted.after.is_none_or(|after| element.network > after)
    });
    // Who is blocked by this agent and by peers for longer stands in a set of each scope: the wider one comes first.
    elements.sort_unstable_by_key(|element| (element.network, Reverse(element.scope)));
    elements.dedup_by(|also, first| {
        let is_same = also.network == first.network;
        if is_same && first.timeout.is_some_and(|left| also.timeout.is_none_or(|longer| longer > left)) {
            first.timeout = also.timeout;
        }
        is_same
    });
    elements.truncate(wanted.limit);
    for page in elements.chunks(MAX_PAGE) {
        show(page.iter().map(|element| Listed::of_kernel(*element, now)).collect())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        control::{BlockView, Control},
        domain::{Scope, SourceClass},
    };

    fn block(number: u8) -> BlockView {
        BlockView {
            network: format!("203.0.113.{number}").parse().unwrap(),
            source: SourceClass::Manual,
            reasons: Vec::new(),
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::MAX,
        }
    }

    /// Ten blocks, of which one answer holds two.
    async fn two_at_a_time(request: Request) -> Answer {
        let Request::Blocks(query) = request else { panic!("another request") };
        let ahead = (0..10).map(block).filter(|block| query.after.is_none_or(|after| block.network > after));
        let blocks: Vec<BlockView> = ahead.take(query.limit.min(2)).collect();
        let next = blocks.last().map(|block| block.network).filter(|last| *last != block(9).network);
        Answer::Blocks(BlockPage { blocks, next, observe: false })
    }

    #[tokio::test]
    async fn the_daemons_pages_are_asked_for_until_there_are_enough() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("control.sock");
        tokio::spawn(Control::bind(&socket).unwrap().serve(two_at_a_time));
        for (limit, pages) in [(usize::MAX, vec![2; 5]), (5, vec![2, 2, 1]), (0, vec![])] {
            let daemon = Daemon::at(socket.clone());
            let wanted = Wanted { filter: Filter::default(), after: None, limit };
            let shown = tokio::task::spawn_blocking(move || {
                let mut shown = Vec::new();
                from_daemon(&daemon, &wanted, &mut |page| {
                    shown.push(page.len());
                    Ok(())
                })
                .map(|()| shown)
            });
            assert_eq!(shown.await.unwrap().unwrap(), pages);
        }
    }

    fn shown(wanted: &Wanted) -> Vec<String> {
        let elements = ["203.0.113.9/32", "2001:db8::/64", "203.0.113.0/24", "198.51.100.7/32"];
        let element =
            |network: &str| Element { network: network.parse().unwrap(), scope: Scope::All, timeout: None };
        let mut shown = Vec::new();
        of_elements(elements.map(element).to_vec(), wanted, Timestamp::UNIX_EPOCH, |page| {
            shown.extend(page.into_iter().map(|listed| listed.network.to_string()));
            Ok(())
        })
        .unwrap();
        shown
    }

    #[test]
    fn the_kernels_networks_come_in_their_order_and_as_many_as_are_wanted() {
        let all = Wanted { filter: Filter::default(), after: None, limit: usize::MAX };
        assert_eq!(shown(&all), ["198.51.100.7/32", "203.0.113.0/24", "203.0.113.9/32", "2001:db8::/64"]);
        assert_eq!(shown(&Wanted { limit: 1, ..all.clone() }), ["198.51.100.7/32"]);
        let after = Some("203.0.113.0/24".parse().unwrap());
        assert_eq!(shown(&Wanted { after, ..all.clone() }), ["203.0.113.9/32", "2001:db8::/64"]);
        let filter = Filter { within: Some("203.0.113.0/25".parse().unwrap()), ..Filter::default() };
        assert_eq!(shown(&Wanted { filter, ..all }), ["203.0.113.9/32"]);
    }
}
