//! `peers show`: one peer.

use clap::Args;

use crate::{
    cli::{
        Exit, Options,
        options::unexpected,
        output::{Style, Table, yes_or_no},
    },
    control::{Answer, PeerDetails, Request},
    domain::PeerKey,
};

/// Show a peer, and when it did not give a log that it should have
///
/// Failures are remembered for 30 days, the latest 10 of them one by one.
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The peer's key, as `peers list` shows it
    peer: PeerKey,
}

impl Show {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Peer(details) = options.ask(&Request::Peer { key: self.peer })? else {
            return Err(unexpected());
        };
        options.output().show(&details, |style| table(&details, style))?;
        Ok(Exit::Ok)
    }
}

fn table(details: &PeerDetails, style: &Style) -> Table {
    let PeerDetails { key, ledger, trouble, failures } = details;
    let mut table = Table::pairs();
    table.pair("peer", key);
    match (ledger, trouble) {
        (Some(view), _) => {
            table.pair("karma", view.peer.karma);
            table.pair("active", yes_or_no(view.peer.active));
            table.pair("believed", if view.me { "me" } else { yes_or_no(view.believed) });
            if !view.me {
                table.pair("why", &view.why);
            }
            table.pair("joined", style.time(view.peer.joined));
            table.pair("endpoint", &view.peer.endpoint);
        }
        (None, Some(trouble)) => table.pair("on the ledger", format!("not known: {trouble}")),
        (None, None) => table.pair("on the ledger", "no"),
    }
    table.pair("failures", failures.number);
    for failure in &failures.latest {
        table.pair("failed", format!("{}: {}: {}", style.time(failure.at), failure.url, failure.error));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::output::{Format, Render, tests::style},
        record::{PeerFailure, PeerFailures},
    };

    #[test]
    fn failures_are_shown_also_when_the_ledger_cannot_be_asked_and_cannot_command_the_terminal() {
        let style = style(Format::Plain);
        let key = PeerKey([1; 32]);
        let failure = PeerFailure {
            peer: key,
            url: "https://peer-a.example/logs/\x1b[2J".to_owned(),
            error: "the server answered 404: nothing".to_owned(),
            at: style.now,
        };
        let failures = PeerFailures { number: 12, latest: vec![failure] };
        let trouble = Some("no route".to_owned());
        let text = table(&PeerDetails { key, ledger: None, trouble, failures }, &style).render(&style);
        assert_eq!(
            text,
            format!(
                "peer\t{key}\non the ledger\tnot known: no route\nfailures\t12\n\
                 failed\t2026-11-23T04:00:00Z: https://peer-a.example/logs/\\u{{1b}}[2J: the server answered 404: nothing\n"
            )
        );
    }
}
