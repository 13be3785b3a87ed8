//! `blocks list`: what is dropped now. Asks the kernel when the daemon is not there to be asked.

use anyhow::Context;
use clap::Args;
use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    cli::{
        Exit, Options, exit,
        options::unexpected,
        output::{Style, Table},
    },
    control::{self, Answer, AskError, BlockView, Request},
    domain::{Reason, Scope, SourceClass},
    kernel::{self, Element},
};

/// List what is blocked
///
/// Fields in a pipe: network, source (local, manual or peer), since, until, reasons. When the daemon is not running,
/// the kernel is asked, which knows neither reasons nor since when.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {}

/// The output of `blocks list --json`, fixed to the letter: other programs read it.
#[derive(Debug, Serialize)]
struct Listing {
    blocks: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    network: IpNetwork,
    source: SourceClass,
    reasons: Vec<Reason>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl List {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let socket = options.settings()?.control.socket;
        let blocks = match control::ask(&socket, &Request::Blocks) {
            Ok(Answer::Blocks(blocks)) => blocks.into_iter().map(Listed::from).collect(),
            Ok(Answer::Failed(failure)) => return Err(failure.into()),
            Ok(_) => return Err(unexpected()),
            Err(error @ AskError::NotRunning { .. }) => from_kernel(&error)?,
            Err(error) => return Err(error.into()),
        };
        let listing = Listing { blocks };
        options.output().show(&listing, |style| table(&listing, style))?;
        Ok(Exit::Ok)
    }
}

impl From<BlockView> for Listed {
    fn from(block: BlockView) -> Self {
        let BlockView { network, source, reasons, since, until } = block;
        Self { network, source, reasons, since: Some(since), until: Some(until) }
    }
}

/// What the kernel drops, when the daemon cannot be asked.
fn from_kernel(why: &AskError) -> anyhow::Result<Vec<Listed>> {
    let elements = kernel::blocked().with_context(|| format!("{why}; asking the kernel instead"))?;
    exit::say(&format!("{why}; this is what the kernel drops"));
    let now = Timestamp::now();
    Ok(elements.into_iter().map(|element| of_kernel(element, now)).collect())
}

/// The kernel knows no more than what is dropped, how much of it, and for how long.
fn of_kernel(element: Element, now: Timestamp) -> Listed {
    let Element { network, scope, timeout } = element;
    let source = match scope {
        Scope::Inbound => SourceClass::Peer,
        Scope::All => SourceClass::Local,
    };
    let left = timeout.and_then(|timeout| SignedDuration::try_from(timeout).ok());
    let until = left.map(|left| now.saturating_add(left).unwrap_or(Timestamp::MAX));
    Listed { network, source, reasons: Vec::new(), since: None, until }
}

fn table(listing: &Listing, style: &Style) -> Table {
    let mut table = Table::new(["network", "source", "since", "until", "reasons"]);
    for block in &listing.blocks {
        let reasons: Vec<String> = block.reasons.iter().map(ToString::to_string).collect();
        table.row([
            block.network.to_string(),
            block.source.as_str().to_owned(),
            style.time_or_dash(block.since),
            style.time_or_dash(block.until),
            reasons.join("; "),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        cli::output::{Format, Render, tests::style},
        domain::Origin,
    };

    fn listing(listed: Listed) -> String {
        serde_json::to_string(&Listing { blocks: vec![listed] }).unwrap()
    }

    fn by_hand() -> Listed {
        let (since, until) =
            ("2026-11-23T03:57:00Z".parse().unwrap(), "2026-11-23T08:00:00Z".parse().unwrap());
        let origin = Origin::Manual { comment: "a\ttest".to_owned() }.into();
        let reason = Reason { origin, events: 0, log: None, since, until };
        BlockView {
            network: "203.0.113.7".parse().unwrap(),
            source: SourceClass::Manual,
            reasons: vec![reason],
            since,
            until,
        }
        .into()
    }

    #[test]
    fn the_json_is_the_documented_one() {
        assert_eq!(
            listing(by_hand()),
            "{\"blocks\":[{\"network\":\"203.0.113.7/32\",\"source\":\"manual\",\"reasons\":[\
             {\"source\":\"manual\",\"comment\":\"a\\ttest\",\"since\":\"2026-11-23T03:57:00Z\",\
             \"until\":\"2026-11-23T08:00:00Z\"}],\"since\":\"2026-11-23T03:57:00Z\",\
             \"until\":\"2026-11-23T08:00:00Z\"}]}"
        );
    }

    #[test]
    fn what_the_kernel_tells_has_the_same_shape() {
        let element = Element {
            network: "2001:db8::/64".parse().unwrap(),
            scope: Scope::Inbound,
            timeout: Some(Duration::from_secs(60)),
        };
        let now = style(Format::Json).now;
        assert_eq!(
            listing(of_kernel(element, now)),
            "{\"blocks\":[{\"network\":\"2001:db8::/64\",\"source\":\"peer\",\"reasons\":[],\
             \"since\":null,\"until\":\"2026-11-23T04:01:00Z\"}]}"
        );
    }

    #[test]
    fn text_is_tab_separated_and_stays_so_whatever_the_comment_holds() {
        let style = style(Format::Plain);
        assert_eq!(
            table(&Listing { blocks: vec![by_hand()] }, &style).render(&style),
            "203.0.113.7/32\tmanual\t2026-11-23T03:57:00Z\t2026-11-23T08:00:00Z\tby the operator: a\\ttest\n"
        );
    }

    #[test]
    fn a_terminal_shows_relative_times() {
        let style = style(Format::Terminal);
        let text = table(&Listing { blocks: vec![by_hand()] }, &style).render(&style);
        assert!(text.contains("3 min ago") && text.contains("in 4 h"), "{text}");
    }
}
