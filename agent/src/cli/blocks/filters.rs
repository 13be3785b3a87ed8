//! Which blocks are meant: the options that `list` and `export` share.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::span;
use crate::{
    config::Span,
    control::Filter,
    domain::{PeerKey, SourceClass},
};

/// Which blocks are meant: those for which all of it holds.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Which blocks")]
pub(in crate::cli) struct Filters {
    /// Only blocks with this source: local, manual or peer
    #[arg(long, value_name = "SOURCE", value_parser = source())]
    source: Option<SourceClass>,
    /// Only blocks that this peer's posts asked for
    #[arg(long, value_name = "KEY")]
    peer: Option<PeerKey>,
    /// Only blocks that began within this time, such as 90s, 10m, 4h or 7d
    #[arg(long, value_name = "TIME", value_parser = span)]
    since: Option<Span>,
    /// Only blocks that began longer ago than this
    #[arg(long, value_name = "TIME", value_parser = span)]
    older: Option<Span>,
    /// Only networks within this one
    #[arg(long, value_name = "CIDR")]
    network: Option<IpNetwork>,
}

fn source() -> impl TypedValueParser<Value = SourceClass> {
    let classes = [SourceClass::Local, SourceClass::Manual, SourceClass::Peer];
    PossibleValuesParser::new(classes.map(SourceClass::as_str)).try_map(move |name| {
        classes.into_iter().find(|class| class.as_str() == name).ok_or("expected local, manual or peer")
    })
}

impl Filters {
    /// The same as the daemon takes it.
    pub(super) fn at(&self, now: Timestamp) -> Filter {
        let ago = |span: Span| now.saturating_sub(span.0).unwrap_or(Timestamp::MIN);
        Filter {
            source: self.source,
            peer: self.peer,
            not_before: self.since.map(ago),
            before: self.older.map(ago),
            within: self.network,
            covering: None,
        }
    }
}
