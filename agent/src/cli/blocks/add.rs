//! `blocks add`: blocks what the operator names.

use clap::Args;
use ipnetwork::IpNetwork;

use super::{session, span};
use crate::{
    cli::{
        Exit, Options, exit,
        options::unexpected,
        output::{Style, Table},
    },
    config::Span,
    control::{Answer, Blocked, Entry, Expiry, Failure, FailureKind, MAX_ENTRIES, Request},
};

/// Block addresses or networks
///
/// Everything from there is dropped, answers to our own connections too. The guard refuses what must never be
/// blocked, such as an address of this host or the one you are logged in from (exit code 9); the others are blocked
/// all the same.
///
/// Fields in a pipe: network, until.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sentinel-agent blocks add 203.0.113.0/24 --for 7d --reason 'scans us daily'"
)]
pub(in crate::cli) struct Add {
    /// Addresses or networks, such as 203.0.113.7 or 2001:db8::/64
    #[arg(required = true, value_name = "NETWORK")]
    networks: Vec<IpNetwork>,
    /// For how long, such as 90s, 10m, 4h or 7d [default: block.duration of the config]
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    span: Option<Span>,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

impl Add {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let daemon = options.daemon();
        let expiry = self.span.map(|span| Expiry::In(span.unsigned().as_secs()));
        let entry = |network: &IpNetwork| Entry { network: *network, expiry, comment: self.reason.clone() };
        let mut answer = Blocked::default();
        for networks in self.networks.chunks(MAX_ENTRIES) {
            let entries = networks.iter().map(entry).collect();
            let request = Request::Block { entries, session: session::address(), trial: false };
            let Answer::Blocked(part) = daemon.ask(&request)? else { return Err(unexpected()) };
            answer.blocked.extend(part.blocked);
            answer.refused.extend(part.refused);
            answer.observe = part.observe;
        }
        if answer.observe {
            exit::say("the agent only observes: nothing is dropped, this would be");
        }
        if !answer.blocked.is_empty() {
            options.output().show(&answer, |style| table(&answer, style))?;
        }
        let refused = answer.refused.into_iter();
        exit::unless_any(
            refused.map(|refusal| Failure::new(FailureKind::Guard, refusal.why).into()).collect(),
        )
    }
}

fn table(answer: &Blocked, style: &Style) -> Table {
    let mut table = Table::new(["network", "until"]);
    for enforced in &answer.blocked {
        table.row([enforced.network.to_string(), style.time(enforced.until)]);
    }
    table
}
