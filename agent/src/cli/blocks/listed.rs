//! One block as it is listed, whoever told of it.

use std::time::Duration;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    cli::output::{Style, Table},
    control::BlockView,
    domain::{Reason, Scope, SourceClass},
    kernel::Element,
};

/// One block of `blocks list --json`, fixed to the letter: other programs read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Listed {
    pub(super) network: IpNetwork,
    pub(super) source: SourceClass,
    pub(super) reasons: Vec<Reason>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl From<BlockView> for Listed {
    fn from(block: BlockView) -> Self {
        let BlockView { network, source, reasons, since, until } = block;
        Self { network, source, reasons, since: Some(since), until: Some(until) }
    }
}

impl Listed {
    /// The kernel knows no more than what is dropped, how much of it, and for how long.
    pub(super) fn of_kernel(element: Element, now: Timestamp) -> Self {
        let Element { network, scope, timeout } = element;
        let source = match scope {
            Scope::Inbound => SourceClass::Peer,
            Scope::All => SourceClass::Local,
        };
        let left = timeout.and_then(|timeout| SignedDuration::try_from(Duration::from(timeout)).ok());
        let until = left.map(|left| now.saturating_add(left).unwrap_or(Timestamp::MAX));
        Self { network, source, reasons: Vec::new(), since: None, until }
    }

    /// The reasons in one line.
    pub(super) fn why(&self) -> String {
        let reasons: Vec<String> = self.reasons.iter().map(ToString::to_string).collect();
        reasons.join("; ")
    }
}

/// Blocks as text.
pub(super) fn table(blocks: &[Listed], style: &Style) -> Table {
    let mut table = Table::new(["network", "source", "since", "until", "reasons"]);
    for block in blocks {
        table.row([
            block.network.to_string(),
            block.source.as_str().to_owned(),
            style.time_or_dash(block.since),
            style.time_or_dash(block.until),
            block.why(),
        ]);
    }
    table
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        cli::output::{Format, Output, Render, tests::style},
        domain::Origin,
    };

    /// A block of this network until then, by the operator.
    pub(in crate::cli::blocks) fn by_hand(network: &str, until: &str, comment: &str) -> Listed {
        let (since, until) = ("2026-11-23T03:57:00Z".parse().unwrap(), until.parse().unwrap());
        let origin = Origin::Manual { comment: comment.to_owned() }.into();
        Listed {
            network: network.parse().unwrap(),
            source: SourceClass::Manual,
            reasons: vec![Reason { origin, events: 0, log: None, since, until }],
            since: Some(since),
            until: Some(until),
        }
    }

    fn test_block() -> Listed {
        by_hand("203.0.113.7", "2026-11-23T08:00:00Z", "a\ttest")
    }

    fn listing(format: Format, listed: Listed) -> String {
        let mut text = Vec::new();
        let mut output = Output::new(&mut text, style(format));
        let mut stream = output.stream("blocks");
        stream.page(&[listed], table).unwrap();
        stream.end().unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_json_is_the_documented_one() {
        assert_eq!(
            listing(Format::Json, test_block()),
            "{\"blocks\":[{\"network\":\"203.0.113.7/32\",\"source\":\"manual\",\"reasons\":[\
             {\"source\":\"manual\",\"comment\":\"a\\ttest\",\"since\":\"2026-11-23T03:57:00Z\",\
             \"until\":\"2026-11-23T08:00:00Z\"}],\"since\":\"2026-11-23T03:57:00Z\",\
             \"until\":\"2026-11-23T08:00:00Z\"}]}\n"
        );
    }

    #[test]
    fn what_the_kernel_tells_has_the_same_shape() {
        let element = Element {
            network: "2001:db8::/64".parse().unwrap(),
            scope: Scope::Inbound,
            timeout: Some(Duration::from_secs(60).into()),
        };
        let now = style(Format::Json).now;
        assert_eq!(
            listing(Format::Json, Listed::of_kernel(element, now)),
            "{\"blocks\":[{\"network\":\"2001:db8::/64\",\"source\":\"peer\",\"reasons\":[],\
             \"since\":null,\"until\":\"2026-11-23T04:01:00Z\"}]}\n"
        );
    }

    #[test]
    fn text_is_tab_separated_and_stays_so_whatever_the_comment_holds() {
        assert_eq!(
            listing(Format::Plain, test_block()),
            "203.0.113.7/32\tmanual\t2026-11-23T03:57:00Z\t2026-11-23T08:00:00Z\tby the operator: a\\ttest\n"
        );
    }

    #[test]
    fn a_terminal_shows_relative_times() {
        let style = style(Format::Terminal);
        let text = table(&[test_block()], &style).render(&style);
        assert!(text.contains("3 min ago") && text.contains("in 4 h"), "{text}");
    }
}
