//! `peers list`: who takes part in the network.

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{
        Exit, Options,
        options::unexpected,
        output::{Style, Table, yes_or_no},
    },
    control::{Answer, PeerView, Request},
};

/// List the peers, the highest karma first
///
/// Fields in a pipe: peer, karma, active (yes or no), believed (yes or no: whether its posts are applied here; me
/// for this agent), joined, endpoint, failures (how often it did not give a log), why it is believed or not.
#[derive(Debug, Args)]
pub(in crate::cli) struct List;

#[derive(Debug, Serialize)]
struct Listing {
    peers: Vec<PeerView>,
}

impl List {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Peers(peers) = options.ask(&Request::Peers)? else { return Err(unexpected()) };
        let listing = Listing { peers };
        options.output().show(&listing, |style| table(&listing.peers, style))?;
        Ok(Exit::Ok)
    }
}

fn table(peers: &[PeerView], style: &Style) -> Table {
    let mut table =
        Table::new(["peer", "karma", "active", "believed", "joined", "endpoint", "failures", "why"]);
    for PeerView { peer, me, believed, why, failures, .. } in peers {
        table.row([
            peer.key.to_string(),
            peer.karma.to_string(),
            yes_or_no(peer.active).to_owned(),
            if *me { "me" } else { yes_or_no(*believed) }.to_owned(),
            style.time(peer.joined),
            peer.endpoint.clone(),
            failures.to_string(),
            if *me { String::new() } else { why.clone() },
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::output::{Format, Render, tests::style},
        domain::{Karma, Peer, PeerKey},
    };

    #[test]
    fn this_agent_is_told_from_those_it_believes() {
        let style = style(Format::Plain);
        let peer = |me| PeerView {
            peer: Peer {
                key: PeerKey([1; 32]),
                active: true,
                karma: Karma(60),
                endpoint: "https://a.example:9000".to_owned(),
                joined: style.now,
            },
            me,
            believed: true,
            why: "so".to_owned(),
            attitude: None,
            failures: 3,
        };
        let row = |believed, why| {
            format!(
                "{}\t60\tyes\t{believed}\t2026-11-23T04:00:00Z\thttps://a.example:9000\t3\t{why}\n",
                PeerKey([1; 32])
            )
        };
        assert_eq!(
            table(&[peer(true), peer(false)], &style).render(&style),
            format!("{}{}", row("me", ""), row("yes", "so"))
        );
    }
}
